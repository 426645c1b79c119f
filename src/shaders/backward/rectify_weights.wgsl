// The positive part of a layer's weights as they were before a batch norm was folded in: rectified = max(sign(scale) * weights, 0).
// Its size stays the scaled one, which excitation backprop divides out again.
//
// weights    rows x columns, columns padded to 4
// scale      of the folded batch norm, all columns of the layer, of which the matrix has those from vec4 `first4` on
// rectified  rows x columns; both in Weight precision
// Mapping    a thread owns one vec4 of columns (x) of one row (y).
// Used by    the first excitation backprop of a net, for its convolutions.
// Bound by   bytes.

const WORKGROUP_X: u32 = 4;
const WORKGROUP_Y: u32 = 16;
alias Weight = f32;

struct Shape {
  rows: u32,
  columns4: u32,
  first4: u32,
  has_scale: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(1) var<storage, read> scale: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> rectified: array<vec4<Weight>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4 || id.y >= shape.rows) {
    return;
  }
  let at = id.y * shape.columns4 + id.x;
  var value = vec4<f32>(weights[at]);
  if (shape.has_scale == 1u) { value *= sign(scale[shape.first4 + id.x]); }
  rectified[at] = vec4<Weight>(max(value, vec4<f32>()));
}
