// Hides a window of the photo, a different one in every sample (sliding-window occlusion, Zeiler & Fergus 2014).
//
// photo     height x width x 4, normalised, so that a hidden pixel, 0, is the mean grey
// out       samples x height x width x 4
// Mapping   a thread owns one pixel (x, y) of one sample (z). Sample 0 is the photo itself; sample i shows what is left without window
//           (i - 1) * step modulo the number of windows, in row-major order: a step of about the golden section visits all regions early.
// Used by   the occlusion method.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  // Size of a window and distance between windows, in pixels; windows per row and in all.
  window_x: u32,
  window_y: u32,
  stride_x: u32,
  stride_y: u32,
  across: u32,
  windows: u32,
  step: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let sample = shape.first_sample + id.z;
  let at = id.y * WIDTH + id.x;
  var value = photo[at];
  if (sample > 0u) {
    let index = ((sample - 1u) * shape.step) % shape.windows;
    let left = (index % shape.across) * shape.stride_x;
    let top = (index / shape.across) * shape.stride_y;
    let hidden = id.x >= left && id.x < left + shape.window_x && id.y >= top && id.y < top + shape.window_y;
    value = select(value, vec4<f32>(), hidden);
  }
  out[id.z * HEIGHT * WIDTH + at] = value;
}
