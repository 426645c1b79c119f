// Depthwise convolution with a fused epilogue: out = clamp(conv(image) + bias, low, high), one filter a channel.
//
// image     batch x height x width x channels, channels padded to 4
// weights   (kernel_y, kernel_x) x channels
// out       batch x out_height x out_width x channels
// Mapping   a thread owns 4 channels (x) of 4 neighbouring pixels of a line (y counts groups of 4, z lines of the batch).
// Used by   convolutions whose groups equal their channels.
// Bound by  bytes: two operations per value read.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
const TILE_PIXELS: u32 = 4;

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
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

fn pixel(line: u32, channel: u32, x: i32) -> vec4<f32> {
  let inside = x >= 0 && x < i32(shape.width);
  let at = (line + select(0u, u32(x), inside)) * shape.channels4 + channel;
  return select(vec4<f32>(), image[at], inside);
}

fn store(x: u32, line: u32, channel: u32, sum: vec4<f32>) {
  if (x < shape.out_width) {
    out[(line * shape.out_width + x) * shape.channels4 + channel] = clamp(sum, vec4<f32>(shape.low), vec4<f32>(shape.high));
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
  let top = i32((id.z - batch * shape.out_height) * shape.stride) - i32(shape.pad_top);
  let left = i32(x * shape.stride) - i32(shape.pad_left);
  let stride = i32(shape.stride);
  var s0 = bias[channel];
  var s1 = s0;
  var s2 = s0;
  var s3 = s0;
  for (var ky = 0; ky < i32(shape.kernel_y); ky++) {
    let y = top + ky;
    if (y < 0 || y >= i32(shape.height)) {
      continue;
    }
    let line = (batch * shape.height + u32(y)) * shape.width;
    var weight = u32(ky) * shape.kernel_x * shape.channels4 + channel;
    if (shape.stride == 1u) {
      // The window slides: every value is read once a line.
      var v0 = pixel(line, channel, left);
      var v1 = pixel(line, channel, left + 1);
      var v2 = pixel(line, channel, left + 2);
      for (var kx = 0; kx < i32(shape.kernel_x); kx++) {
        let v3 = pixel(line, channel, left + kx + 3);
        let w = weights[weight];
        s0 = fma(v0, w, s0);
        s1 = fma(v1, w, s1);
        s2 = fma(v2, w, s2);
        s3 = fma(v3, w, s3);
        v0 = v1;
        v1 = v2;
        v2 = v3;
        weight += shape.channels4;
      }
    } else {
      for (var kx = 0; kx < i32(shape.kernel_x); kx++) {
        let at = left + kx;
        let w = weights[weight];
        s0 = fma(pixel(line, channel, at), w, s0);
        s1 = fma(pixel(line, channel, at + stride), w, s1);
        s2 = fma(pixel(line, channel, at + 2 * stride), w, s2);
        s3 = fma(pixel(line, channel, at + 3 * stride), w, s3);
        weight += shape.channels4;
      }
    }
  }
  store(x, id.z, channel, s0);
  store(x + 1u, id.z, channel, s1);
  store(x + 2u, id.z, channel, s2);
  store(x + 3u, id.z, channel, s3);
}
