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
  stride: u32,
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
  // Tap ky of output line y met the image's line stride * y + ky - pad_top.
  for (var ky = bottom % shape.stride; ky < min(shape.kernel_y, bottom + 1u); ky += shape.stride) {
    let y = (bottom - ky) / shape.stride;
    if (y >= shape.out_height) {
      continue;
    }
    let line = (batch * shape.out_height + y) * shape.out_width;
    for (var kx = right % shape.stride; kx < min(shape.kernel_x, right + 1u); kx += shape.stride) {
      let x = (right - kx) / shape.stride;
      if (x < shape.out_width) {
        sum = fma(gradient[(line + x) * shape.channels4 + id.x], weights[(ky * shape.kernel_x + kx) * shape.channels4 + id.x], sum);
      }
    }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
