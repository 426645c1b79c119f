// Gradient of what extremal perturbations minimise with respect to the mask: that of the area loss, area_scale * (mask - wanted), less that of
// the reward through extremal_image.wgsl. The values from the threshold on are wanted to be 1, those before it 0.
//
// pyramid    8 x height x width x 4
// mask       full_y x full_x
// gradient   height x width x 4, of the reward with respect to the perturbed image
// threshold  2: as select_rank.wgsl writes them for the mask
// out        full_y x full_x
// Mapping    a thread owns one pixel of the mask (x, y).
// Used by    extremal perturbations.
// Bound by   bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  full_x: u32,
  full_y: u32,
  margin: u32,
  mirrored: u32,
  // Twice the weight of the area loss, divided by the number of values in the mask.
  area_scale: f32,
}

@group(0) @binding(0) var<storage, read> pyramid: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> mask: array<f32>;
@group(0) @binding(2) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> threshold: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
const LEVELS: u32 = 8;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.full_x || id.y >= shape.full_y) {
    return;
  }
  let place = id.y * shape.full_x + id.x;
  let value = mask[place];
  let key = min(u32(value * 65536.0), 65535u);
  let wanted = key > threshold[0] || (key == threshold[0] && place >= threshold[1]);
  var slope = shape.area_scale * (value - select(0.0, 1.0, wanted));
  // What is before the photo wraps around and is behind it.
  let x = id.x - shape.margin;
  let y = id.y - shape.margin;
  if (x < WIDTH && y < HEIGHT) {
    let below = u32(value * f32(LEVELS - 1u));
    let above = min(below + 1u, LEVELS - 1u);
    let at = y * WIDTH + x;
    let change = pyramid[above * HEIGHT * WIDTH + at] - pyramid[below * HEIGHT * WIDTH + at];
    let seen = gradient[y * WIDTH + select(x, WIDTH - 1u - x, shape.mirrored == 1u)];
    slope -= f32(LEVELS - 1u) * dot(change.xyz, seen.xyz);
  }
  out[place] = slope;
}
