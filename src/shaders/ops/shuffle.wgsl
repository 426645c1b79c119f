// Channel shuffle: channels as `groups` rows, read column by column (ShuffleNet, Zhang et al. 2018).
//
// image     pixels x 4 channels4 values
// out       pixels x channels4 vec4s; 0 behind the last channel
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   shuffle, and the way back through it, which is the shuffle with as many groups as a row has channels.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
alias Input = f32;
alias Output = f32;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels: u32,
  channels4: u32,
  groups: u32,
}

@group(0) @binding(0) var<storage, read> image: array<Input>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include stored.wgsl

fn channel_of(start: u32, channel: u32) -> f32 {
  if (channel >= shape.channels) { return 0.0; }
  return f32(image[start + (channel % shape.groups) * (shape.channels / shape.groups) + channel / shape.groups]);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  let channel = 4u * (at % shape.channels4);
  let start = 4u * at - channel;
  out[at] = stored(vec4<f32>(
    channel_of(start, channel),
    channel_of(start, channel + 1u),
    channel_of(start, channel + 2u),
    channel_of(start, channel + 3u),
  ));
}
