// Hides a square of the photo, a different one in every sample (infidelity, Yeh et al. 2019: square removal).
//
// photo     height x width x 4, normalised, so that a hidden pixel, 0, is the mean grey
// squares   one a sample: left, top, side, 0, in pixels; sample z has square first_square + z, the last being repeated beyond the end
// out       samples x height x width x 4
// Mapping   a thread owns one pixel (x, y) of one sample (z).
// Used by   infidelity.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_square: u32,
  squares: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> squares: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let square = squares[min(shape.first_square + id.z, shape.squares - 1u)];
  let at = id.y * WIDTH + id.x;
  let hidden = id.x >= square.x && id.x < square.x + square.z && id.y >= square.y && id.y < square.y + square.z;
  out[id.z * HEIGHT * WIDTH + at] = select(photo[at], vec4<f32>(), hidden);
}
