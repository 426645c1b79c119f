// Adds the partial sums of a split product and finishes it: out = activation(sum of slices + bias + residual).
//
// slices    slices x rows x columns, columns padded to 4
// bias      columns
// residual, out: rows x out_columns, the kernel's from vec4 out_first4 on
// Mapping   a thread owns one vec4 of columns (x) of one row (y).
// Used by   products whose few rows and columns would leave most of a GPU idle: their inner dimension is cut into slices.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
alias Output = f32;

struct Shape {
  slices: u32,
  rows: u32,
  columns4: u32,
  out_columns4: u32,
  out_first4: u32,
  has_residual: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> slices: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4 || id.y >= shape.rows) {
    return;
  }
  let own = id.y * shape.columns4 + id.x;
  var value = bias[id.x];
  for (var slice = 0u; slice < shape.slices; slice++) {
    value += slices[slice * shape.rows * shape.columns4 + own];
  }
  let at = id.y * shape.out_columns4 + shape.out_first4 + id.x;
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
  out[at] = stored(activate(value, shape.low, shape.high));
}
