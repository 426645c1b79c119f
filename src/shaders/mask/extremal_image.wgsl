// Perturbs the photo by a mask: every pixel lies between the two levels of a pyramid of blurs that its mask falls between, 0 being the first
// level and 1 the last (Fong et al. 2019, section 3.1).
//
// pyramid   8 x height x width x 4, normalised, the photo itself last
// mask      lines of `full` pixels, in [0, 1], of which the photo's pixels begin at (margin, margin)
// out       height x width x 4
// Mapping   a thread owns one pixel (x, y).
// Used by   extremal perturbations.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  // Pixels of a line of the mask.
  full: u32,
  margin: u32,
  // 1 where left and right are exchanged.
  mirrored: u32,
}

@group(0) @binding(0) var<storage, read> pyramid: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> mask: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
const LEVELS: u32 = 8;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT) {
    return;
  }
  let place = mask[(id.y + shape.margin) * shape.full + id.x + shape.margin] * f32(LEVELS - 1u);
  let below = u32(place);
  let above = min(below + 1u, LEVELS - 1u);
  let at = id.y * WIDTH + id.x;
  let value = mix(pyramid[below * HEIGHT * WIDTH + at], pyramid[above * HEIGHT * WIDTH + at], place - f32(below));
  out[id.y * WIDTH + select(id.x, WIDTH - 1u - id.x, shape.mirrored == 1u)] = value;
}
