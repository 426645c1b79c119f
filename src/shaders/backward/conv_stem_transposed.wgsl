// The first convolution of a net transposed: the gradient of its 3-channel image. Only the taps that met a pixel are visited, whatever the
// stride, and the packed weights are read as they are.
//
// gradient  batch x out_height x out_width x columns
// weights   (kernel_y, kernel_x, 3) x columns, columns padded to 4
// out       batch x height x width x 4, the fourth channel zero
// Mapping   a thread owns a pixel of the image (x: column, y: line of the batch).
// Used by   backward passes down to the image.
// Bound by  bytes: three products of vec4s for four loads.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  columns4: u32,
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
  if (id.x >= shape.width || id.y >= shape.lines) {
    return;
  }
  let batch = id.y / shape.height;
  let bottom = id.y - batch * shape.height + shape.pad_top;
  let right = id.x + shape.pad_left;
  var sum = vec3<f32>();
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
      if (x >= shape.out_width || x * shape.stride_x != across) {
        continue;
      }
      let weight = (ky * shape.kernel_x + kx) * 3u * shape.columns4;
      for (var column = 0u; column < shape.columns4; column++) {
        let g = gradient[(line + x) * shape.columns4 + column];
        sum.x += dot(g, weights[weight + column]);
        sum.y += dot(g, weights[weight + shape.columns4 + column]);
        sum.z += dot(g, weights[weight + 2u * shape.columns4 + column]);
      }
    }
  }
  out[id.y * shape.width + id.x] = vec4<f32>(sum, 0.0);
}
