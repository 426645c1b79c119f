// The correlation student from its sums: w = sum p f - sum p sum f / n, which is sum (p - mean p) f over the samples.
//
// sums      2 x 3 x cells, as gate_sums.wgsl leaves them
// w         cells
// Mapping   a thread owns 4 cells.
// Used by   the correlation student.
// Bound by  launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  cells4: u32,
  // Samples in what is taken of the sums.
  samples: u32,
  // 1: the first half, 2: the second, 3: both.
  halves: u32,
}

@group(0) @binding(0) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> w: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.cells4) {
    return;
  }
  var gates = vec4<f32>();
  var products = vec4<f32>();
  var probabilities = vec4<f32>();
  for (var half = 0u; half < 2u; half++) {
    if (((shape.halves >> half) & 1u) == 1u) {
      let at = 3u * half * shape.cells4 + id.x;
      gates += sums[at];
      products += sums[at + shape.cells4];
      probabilities += sums[at + 2u * shape.cells4];
    }
  }
  w[id.x] = products - probabilities * (gates / f32(shape.samples));
}
