// Colours of a hidden part as the kept part has them around it: at every place the mean colour of what is kept, weighed by two Gaussians
// of the distance (Nadaraya-Watson regression of the colour on the place). The wide one decides only where the narrow one reaches nothing.
//
// near      vec4s: the kept part as kept_part.wgsl writes it, blurred by the narrow Gaussian
// wide      the same, blurred by the wide one
// out       the same number of vec4s: colour in [0, 1], and 0
// Mapping   a thread owns one vec4.
// Used by   gated synthesis with the inpainted fill.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  // What the wide Gaussian counts, and the mean colour, which is all where nothing is kept.
  wide_weight: f32,
  mean_weight: f32,
  mean_r: f32,
  mean_g: f32,
  mean_b: f32,
}

@group(0) @binding(0) var<storage, read> near: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> wide: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.vectors) {
    return;
  }
  let mean = vec3<f32>(shape.mean_r, shape.mean_g, shape.mean_b);
  let seen = near[id.x] + shape.wide_weight * wide[id.x] + shape.mean_weight * vec4<f32>(mean, 1.0);
  out[id.x] = vec4<f32>(seen.xyz / seen.w, 0.0);
}
