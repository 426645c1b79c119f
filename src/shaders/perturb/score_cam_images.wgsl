// Masks the photo with channels of a feature map, each stretched to the photo and to [0, 1] (Score-CAM, Wang et al. 2020).
//
// photo     height x width x 4, normalised, so that a hidden pixel, 0, is the mean grey
// features  height x width x channels, channels padded to 4
// extents   as channel_extents.wgsl writes them
// channels  the channel of every sample
// out       samples x height x width x 4
// Mapping   a thread owns one pixel (x, y) of one sample (z).
// Used by   Score-CAM.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  height: u32,
  width: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> features: array<f32>;
@group(0) @binding(2) var<storage, read> extents: array<f32>;
@group(0) @binding(3) var<storage, read> channels: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

fn source(at: u32, size: u32, out_size: u32) -> f32 {
  return clamp((f32(at) + 0.5) * f32(size) / f32(out_size) - 0.5, 0.0, f32(size - 1u));
}

fn feature(channel: u32, at: u32) -> f32 {
  return features[at * shape.channels4 * 4u + channel];
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let channel = channels[shape.first_sample + id.z];
  let u = source(id.x, shape.width, WIDTH);
  let v = source(id.y, shape.height, HEIGHT);
  let x0 = u32(u);
  let x1 = min(x0 + 1u, shape.width - 1u);
  let above = u32(v) * shape.width;
  let below = min(u32(v) + 1u, shape.height - 1u) * shape.width;
  let upper = mix(feature(channel, above + x0), feature(channel, above + x1), fract(u));
  let value = mix(upper, mix(feature(channel, below + x0), feature(channel, below + x1), fract(u)), fract(v));
  let low = extents[8u * (channel >> 2u) + (channel & 3u)];
  let high = extents[8u * (channel >> 2u) + 4u + (channel & 3u)];
  let at = id.y * WIDTH + id.x;
  out[id.z * HEIGHT * WIDTH + at] = photo[at] * ((value - low) / (high - low));
}
