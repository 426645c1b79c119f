// A linear combination of the samples: w = x^T a.
//
// x             rows x columns, in vec4s along a row
// coefficients  one a row, every stride-th value (4: the probabilities of a label table; 1: a plain vector)
// w             columns
// Mapping       a thread owns 4 columns.
// Used by       the correlation student, and the dual students to become weights.
// Bound by      bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  columns4: u32,
  stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> coefficients: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4) {
    return;
  }
  var sum = vec4<f32>();
  for (var row = 0u; row < shape.rows; row++) {
    sum = fma(vec4<f32>(coefficients[row * shape.stride]), x[row * shape.columns4 + id.x], sum);
  }
  w[id.x] = sum;
}
