// A share of the relevance of a sum: out = part / (whole + 1e-20) * scale * relevance + residual, element by element
// (excitation backprop, Zhang et al. 2016, eq. 7).
//
// part       what of the sum is asked about; 1 where absent
// whole      the sum; no division where absent
// relevance  of the sum
// residual   what is added; nothing where absent
// out        and all that are present: vec4s x 4 values
// Mapping    a thread owns one vec4; x and y together count them.
// Used by    excitation backprop: before and behind a transposed layer, and where branches were added.
// Bound by   bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  // 0: absent; 1: given; 2: what the given part leaves of the whole.
  part_mode: u32,
  has_whole: u32,
  has_residual: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> part: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> whole: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> relevance: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  var value = shape.scale * relevance[at];
  if (shape.has_whole == 1u) { value /= whole[at] + 1e-20; }
  if (shape.part_mode == 1u) { value *= part[at]; }
  if (shape.part_mode == 2u) { value *= whole[at] - part[at]; }
  if (shape.has_residual == 1u) { value += residual[at]; }
  out[at] = value;
}
