// Gradient under an activation: out = gradient times its slope, which is 1 or 0 under a clamp.
//
// gradient  vec4s x 4 values, with respect to what the activation gave
// value     what the activation gave; what it was given, where it cannot be inverted (see slope.wgsl)
// clean     what it gave for the images that are compared with, clean_vectors x 4 values, used again for every clean_vectors of value:
//           nothing passes where value is larger, so that no unit fires that did not fire as strongly there
// out       vec4s x 4 values
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   backward passes.
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

// include activate.wgsl
// include slope.wgsl

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  let y = value[at];
  let factor = slope(y, shape.low, shape.high);
  // A slope of 0 lets nothing pass, not even what is no finite number.
  var passed = select(gradient[at] * factor, vec4<f32>(), factor == vec4<f32>());
  if (shape.clean_vectors > 0u) { passed = select(vec4<f32>(), passed, y <= clean[at % shape.clean_vectors]); }
  out[at] = passed;
}
