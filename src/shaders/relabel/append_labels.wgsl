// Writes two columns beside the features of each row: the teacher's probability and a one, so that their moments hold every sum
// that the student needs.
//
// labels    total x 4, as softmax.wgsl writes them
// features  rows x stride
// Mapping   a thread owns a row.
// Used by   the smooth student.
// Bound by  launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  first_row: u32,
  stride: u32,
  // Column of the probability; the one follows it.
  column: u32,
}

@group(0) @binding(0) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> features: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.rows) {
    let at = id.x * shape.stride + shape.column;
    features[at] = labels[shape.first_row + id.x].x;
    features[at + 1u] = 1.0;
  }
}
