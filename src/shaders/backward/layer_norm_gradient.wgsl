// Layer norm backward: with x' = (image - mean) / sqrt(variance + epsilon) and h = gradient * weight,
// out = (h - mean(h) - x' mean(h x')) / sqrt(variance + epsilon), the means being over the channels of a pixel.
//
// gradient  pixels x channels, channels padded to 4 with zeros
// image     the same: what the norm is given
// weight    one a channel, padded with zeros
// out       pixels x channels
// Mapping   a workgroup owns 4 pixels (y; z counts lines of `line` pixels); 16 lanes (x) share the channels. Mean and variance are summed anew.
// Used by   backward passes of layer norms.
// Bound by  bytes: lines of both images are read three times, but the first time from cache.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  pixels: u32,
  line: u32,
  channels: u32,
  channels4: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, 64>;
// Of squared differences, of h, and of h times differences.
var<workgroup> moments: array<vec4<f32>, 64>;

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
  let ones = vec4<f32>(1.0);
  var count = 0u;
  if (inside) { count = shape.channels4; }
  var sum = vec4<f32>();
  for (var vector = local.x; vector < count; vector += WORKGROUP_X) {
    sum += image[start + vector];
  }
  sums[first + local.x] = dot(sum, ones);
  workgroupBarrier();
  var mean = 0.0;
  for (var lane = 0u; lane < WORKGROUP_X; lane++) {
    mean += sums[first + lane];
  }
  mean /= f32(shape.channels);
  var moment = vec4<f32>();
  for (var vector = local.x; vector < count; vector += WORKGROUP_X) {
    let difference = select(vec4<f32>(), image[start + vector] - mean, real(vector));
    let h = gradient[start + vector] * weight[vector];
    moment += vec4<f32>(dot(difference, difference), dot(h, ones), dot(h, difference), 0.0);
  }
  moments[first + local.x] = moment;
  workgroupBarrier();
  var total = vec4<f32>();
  for (var lane = 0u; lane < WORKGROUP_X; lane++) {
    total += moments[first + lane];
  }
  total /= f32(shape.channels);
  let square = total.x + shape.epsilon;
  for (var vector = local.x; vector < count; vector += WORKGROUP_X) {
    let h = gradient[start + vector] * weight[vector];
    let value = (h - total.y - (image[start + vector] - mean) * (total.z / square)) / sqrt(square);
    out[start + vector] = select(vec4<f32>(), value, real(vector));
  }
}
