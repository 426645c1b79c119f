// Depthwise convolution with a fused epilogue: out = activation(conv(image) + bias), one filter a channel.
//
// image     batch x height x width x image_channels, padded to 4, the kernel's from vec4 image_first4 on
// weights   (kernel_y, kernel_x) x channels
// out       batch x out_height x out_width x out_channels, the kernel's from vec4 out_first4 on
// Mapping   a thread owns 4 channels (x) of 7 neighbouring pixels of a line (y counts groups of 7, z lines of the batch): sides of feature maps
//           are multiples of 7 in most nets. A window slides along the line, so every value is loaded once a line.
// Used by   convolutions whose groups equal their channels.
// Bound by  bytes: two operations per value read.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
const TILE_PIXELS: u32 = 7;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  image_channels4: u32,
  image_first4: u32,
  out_height: u32,
  out_width: u32,
  out_channels4: u32,
  out_first4: u32,
  kernel_y: u32,
  kernel_x: u32,
  stride_y: u32,
  stride_x: u32,
  dilation_y: u32,
  dilation_x: u32,
  pad_top: u32,
  pad_left: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

fn pixel(line: u32, channel: u32, x: i32) -> vec4<f32> {
  let inside = x >= 0 && x < i32(shape.width);
  let at = (line + select(0u, u32(x), inside)) * shape.image_channels4 + channel;
  return select(vec4<f32>(), vec4<f32>(image[at]), inside);
}

fn store(x: u32, line: u32, channel: u32, sum: vec4<f32>) {
  if (x < shape.out_width) {
    out[(line * shape.out_width + x) * shape.out_channels4 + shape.out_first4 + channel] = stored(activate(sum, shape.low, shape.high));
  }
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let channel = id.x;
  let x = id.y * TILE_PIXELS;
  if (channel >= shape.channels4 || x >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let top = i32((id.z - batch * shape.out_height) * shape.stride_y) - i32(shape.pad_top);
  let left = i32(x * shape.stride_x) - i32(shape.pad_left);
  let stride = i32(shape.stride_x);
  let dilation = i32(shape.dilation_x);
  let first = shape.image_first4 + channel;
  // A stride of 2 has a window for the even and one for the odd taps; where taps lie apart, each has its own.
  let phases = select(i32(shape.kernel_x), stride, dilation == 1);
  var s0 = bias[channel];
  var s1 = s0;
  var s2 = s0;
  var s3 = s0;
  var s4 = s0;
  var s5 = s0;
  var s6 = s0;
  for (var ky = 0; ky < i32(shape.kernel_y); ky++) {
    let y = top + ky * i32(shape.dilation_y);
    if (y < 0 || y >= i32(shape.height)) {
      continue;
    }
    let line = (batch * shape.height + u32(y)) * shape.width;
    for (var phase = 0; phase < phases; phase++) {
      let at = left + phase * dilation;
      var v0 = pixel(line, first, at);
      var v1 = pixel(line, first, at + stride);
      var v2 = pixel(line, first, at + 2 * stride);
      var v3 = pixel(line, first, at + 3 * stride);
      var v4 = pixel(line, first, at + 4 * stride);
      var v5 = pixel(line, first, at + 5 * stride);
      for (var kx = phase; kx < i32(shape.kernel_x); kx += phases) {
        let v6 = pixel(line, first, left + kx * dilation + 6 * stride);
        let w = weights[u32(ky * i32(shape.kernel_x) + kx) * shape.channels4 + channel];
        s0 = fma(v0, w, s0);
        s1 = fma(v1, w, s1);
        s2 = fma(v2, w, s2);
        s3 = fma(v3, w, s3);
        s4 = fma(v4, w, s4);
        s5 = fma(v5, w, s5);
        s6 = fma(v6, w, s6);
        v0 = v1;
        v1 = v2;
        v2 = v3;
        v3 = v4;
        v4 = v5;
        v5 = v6;
      }
    }
  }
  store(x, id.z, channel, s0);
  store(x + 1u, id.z, channel, s1);
  store(x + 2u, id.z, channel, s2);
  store(x + 3u, id.z, channel, s3);
  store(x + 4u, id.z, channel, s4);
  store(x + 5u, id.z, channel, s5);
  store(x + 6u, id.z, channel, s6);
}
