// Gradient under a clamp: out = gradient where low < value < high, zero elsewhere.
//
// gradient  vec4s x 4 values, with respect to what the clamp gave
// value     what the clamp gave
// clean     what it gave for the images that are compared with, clean_vectors x 4 values, used again for every clean_vectors of value:
//           nothing passes where value is larger, so that no unit fires that did not fire as strongly there
// out       vec4s x 4 values
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   backward passes, below ReLU and ReLU6.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  // 0 where there are none.
  clean_vectors: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> value: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> clean: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  let y = value[at];
  var passed = select(vec4<f32>(), gradient[at], y > vec4<f32>(shape.low));
  passed = select(vec4<f32>(), passed, y < vec4<f32>(shape.high));
  if (shape.clean_vectors > 0u) { passed = select(vec4<f32>(), passed, y <= clean[at % shape.clean_vectors]); }
  out[at] = passed;
}
