// Layer norm over the channels of every pixel: out = (image - mean) / sqrt(variance + epsilon) * weight + bias.
//
// image         pixels x channels, channels padded to 4 with zeros
// weight, bias  one a channel, padded with zeros
// out           pixels x channels
// Mapping       a workgroup owns 4 pixels (y; z counts lines of `line` pixels); 16 lanes (x) share the channels. The mean comes first, so that
//               the variance sums squares of differences: no digits are lost where the mean is large.
// Used by       layer norms over channels.
// Bound by      bytes: an image's line is read three times, twice from cache.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
alias Input = f32;
alias Output = f32;

struct Shape {
  pixels: u32,
  line: u32,
  channels: u32,
  channels4: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include stored.wgsl

var<workgroup> sums: array<f32, 64>;
var<workgroup> squares: array<f32, 64>;

// Whether the channels of a vec4 are more than padding.
fn real(vector: u32) -> vec4<bool> {
  let channel = vector * 4u;
  return vec4<u32>(channel, channel + 1u, channel + 2u, channel + 3u) < vec4<u32>(shape.channels);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let pixel = id.z * shape.line + id.y;
  let inside = id.y < shape.line && pixel < shape.pixels;
  let start = pixel * shape.channels4;
  let first = local.y * WORKGROUP_X;
  var count = 0u;
  if (inside) { count = shape.channels4; }
  var sum = vec4<f32>();
  for (var vector = local.x; vector < count; vector += WORKGROUP_X) {
    sum += vec4<f32>(image[start + vector]);
  }
  sums[first + local.x] = sum.x + sum.y + sum.z + sum.w;
  workgroupBarrier();
  var mean = 0.0;
  for (var lane = 0u; lane < WORKGROUP_X; lane++) {
    mean += sums[first + lane];
  }
  mean /= f32(shape.channels);
  var square = vec4<f32>();
  for (var vector = local.x; vector < count; vector += WORKGROUP_X) {
    let difference = select(vec4<f32>(), vec4<f32>(image[start + vector]) - mean, real(vector));
    square += difference * difference;
  }
  squares[first + local.x] = square.x + square.y + square.z + square.w;
  workgroupBarrier();
  var variance = 0.0;
  for (var lane = 0u; lane < WORKGROUP_X; lane++) {
    variance += squares[first + lane];
  }
  let scale = 1.0 / sqrt(variance / f32(shape.channels) + shape.epsilon);
  for (var vector = local.x; vector < count; vector += WORKGROUP_X) {
    let value = (vec4<f32>(image[start + vector]) - mean) * scale * weight[vector] + bias[vector];
    out[start + vector] = stored(select(vec4<f32>(), value, real(vector)));
  }
}
