// Hides a rectangle of the photo, a different one in every sample: all rectangles with one fill, then all with the next, then the photo itself.
//
// photo       height x width x 4, normalised, so that the mean grey is 0
// images      fills - 1 images like it: what rectangles are filled with beside the mean grey, which is the first fill
// rectangles  left, top, right, bottom, in pixels; right and bottom are excluded
// out         samples x height x width x 4; sample z is the run's first_sample + z, those beyond the last being the photo
// Mapping     a thread owns one pixel (x, y) of one sample (z).
// Used by     infidelity, regions.
// Bound by    bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  rectangles: u32,
  fills: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> images: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> rectangles: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let pixels = HEIGHT * WIDTH;
  let at = id.y * WIDTH + id.x;
  let sample = shape.first_sample + id.z;
  let fill = sample / shape.rectangles;
  let hidden = rectangles[sample % shape.rectangles];
  var pixel = photo[at];
  if (fill < shape.fills && id.x >= hidden.x && id.x < hidden.z && id.y >= hidden.y && id.y < hidden.w) {
    pixel = vec4<f32>();
    if (fill > 0u) {
      pixel = images[(fill - 1u) * pixels + at];
    }
  }
  out[id.z * pixels + at] = pixel;
}
