// Gradient of p_c + weight * |m|_1 with respect to the mask of fgvis_image.wgsl (Wagner et al. 2019, eq. 4).
//
// gradient  vectors x 4, of p_c with respect to that image; garbage in the fourth channel
// photo     vectors x 4, normalised
// mask      vectors x 4
// out       vectors x 4, the fourth channel 0
// Mapping   a thread owns one pixel.
// Used by   FGVis.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  weight: f32,
  reference_r: f32,
  reference_g: f32,
  reference_b: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> mask: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.vectors) {
    return;
  }
  let reference = vec3<f32>(shape.reference_r, shape.reference_g, shape.reference_b);
  let slope = gradient[id.x].xyz * (photo[id.x].xyz - reference) + shape.weight * sign(mask[id.x].xyz);
  out[id.x] = vec4<f32>(slope, 0.0);
}
