// Adds the channels of a batch to Score-CAM's running sum, each weighted by the target's probability under its mask (Wang et al. 2020).
// Stretching is linear, so that the sum is taken at the feature map's own size and stretched once.
//
// features  height x width x channels, channels padded to 4
// channels  the channel of every sample
// labels    samples x 4: the target's probability comes first
// sum       height x width x 4, in the first channel
// Mapping   a thread owns a position of the feature map.
// Used by   Score-CAM.
// Bound by  launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  samples: u32,
  first_sample: u32,
  positions: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> features: array<f32>;
@group(0) @binding(1) var<storage, read> channels: array<u32>;
@group(0) @binding(2) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sum: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.positions) {
    return;
  }
  var total = 0.0;
  for (var sample = 0u; sample < shape.samples; sample++) {
    total += labels[sample].x * features[id.x * shape.channels4 * 4u + channels[shape.first_sample + sample]];
  }
  sum[id.x] += vec4<f32>(total, 0.0, 0.0, 0.0);
}
