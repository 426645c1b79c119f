// Sum over the channels at every position, each value weighted: out = sum_c weight_c image_c, and nothing below 0 where that is asked for.
//
// image     positions x channels, channels padded to 4
// weights   one a channel (Grad-CAM), one a value (linear approximation), or absent: all 1 (excitation backprop)
// out       positions x 4, in the first channel
// Mapping   a thread owns a position.
// Used by   the maps of methods that go backwards.
// Bound by  launches for a net's deep layers, else bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  positions: u32,
  channels4: u32,
  has_weights: u32,
  // Vec4s from the weights of one position to those of the next.
  weights_stride4: u32,
  rectified: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.positions) {
    return;
  }
  var weight = vec4<f32>(1.0);
  var sum = vec4<f32>();
  for (var channel = 0u; channel < shape.channels4; channel++) {
    if (shape.has_weights == 1u) { weight = weights[id.x * shape.weights_stride4 + channel]; }
    sum = fma(weight, image[id.x * shape.channels4 + channel], sum);
  }
  let total = dot(sum, vec4<f32>(1.0));
  out[id.x] = vec4<f32>(select(total, max(total, 0.0), shape.rectified == 1u), 0.0, 0.0, 0.0);
}
