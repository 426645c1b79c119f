// Depthwise convolution transposed: the gradient of its image. Only the taps that met a pixel are visited, whatever the stride.
//
// gradient  batch x out_height x out_width x channels, channels padded to 4
// weights   (kernel_y, kernel_x) x channels
// out       batch x height x width x channels
// Mapping   a thread owns 4 channels (x) of one pixel of the image (y: column, z: line of the batch).
// Used by   backward passes of convolutions whose groups equal their channels.
// Bound by  bytes: two operations per value read.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
  kernel_y: u32,
  kernel_x: u32,
  stride_y: u32,
  stride_x: u32,
  dilation_y: u32,
  dilation_x: u32,
  pad_top: u32,
  pad_left: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.height;
  let bottom = id.z - batch * shape.height + shape.pad_top;
  let right = id.y + shape.pad_left;
  var sum = vec4<f32>();
  // Tap ky of output line y met the image's line stride * y + dilation * ky - pad_top: every stride-th tap does, unless taps lie apart.
  let step = vec2<u32>(
    select(1u, shape.stride_y, shape.dilation_y == 1u), select(1u, shape.stride_x, shape.dilation_x == 1u));
  let first = vec2<u32>(bottom, right) % step;
  let end = min(vec2<u32>(shape.kernel_y, shape.kernel_x), vec2<u32>(bottom / shape.dilation_y, right / shape.dilation_x) + 1u);
  for (var ky = first.x; ky < end.x; ky += step.x) {
    let down = bottom - ky * shape.dilation_y;
    let y = down / shape.stride_y;
    if (y >= shape.out_height || y * shape.stride_y != down) {
      continue;
    }
    let line = (batch * shape.out_height + y) * shape.out_width;
    for (var kx = first.y; kx < end.y; kx += step.y) {
      let across = right - kx * shape.dilation_x;
      let x = across / shape.stride_x;
      if (x < shape.out_width && x * shape.stride_x == across) {
        sum = fma(gradient[(line + x) * shape.channels4 + id.x], weights[(ky * shape.kernel_x + kx) * shape.channels4 + id.x], sum);
      }
    }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
