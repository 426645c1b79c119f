// Adds the partial sums of a split product and finishes it: out = clamp(sum of slices + bias + residual, low, high).
//
// slices    slices x rows x columns, columns padded to 4
// bias      columns; residual and out: rows x columns
// Mapping   a thread owns one vec4 of columns (x) of one row (y).
// Used by   products whose few rows and columns would leave most of a GPU idle: their inner dimension is cut into slices.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  slices: u32,
  rows: u32,
  columns4: u32,
  has_residual: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> slices: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// Between low and high. What is no finite number stays so, to be found where it first appears.
fn bounded(value: vec4<f32>) -> vec4<f32> {
  let odd = (bitcast<vec4<u32>>(value) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u);
  return select(clamp(value, vec4<f32>(shape.low), vec4<f32>(shape.high)), value, odd);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4 || id.y >= shape.rows) {
    return;
  }
  let at = id.y * shape.columns4 + id.x;
  var value = bias[id.x];
  for (var slice = 0u; slice < shape.slices; slice++) {
    value += slices[slice * shape.rows * shape.columns4 + at];
  }
  if (shape.has_residual == 1u) { value += residual[at]; }
  out[at] = bounded(value);
}
