// Subtracts from every column its mean over the rows, in place.
//
// x         rows x columns, in vec4s along a row
// Mapping   a thread owns 4 columns.
// Used by   the students on stored samples: without it the weights are plus or minus the mean image, whatever the class.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  columns4: u32,
}

@group(0) @binding(0) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4) {
    return;
  }
  var sum = vec4<f32>();
  for (var row = 0u; row < shape.rows; row++) {
    sum += x[row * shape.columns4 + id.x];
  }
  let mean = sum / f32(shape.rows);
  for (var row = 0u; row < shape.rows; row++) {
    x[row * shape.columns4 + id.x] -= mean;
  }
}
