// Local response norm backward. With d = k + alpha / size * sum of squares over neighbours:
// out = gradient d^-beta - 2 alpha beta / size * image * sum of gradient image d^(-beta - 1) over the channels that this one is a neighbour of.
//
// gradient  pixels x channels, channels padded to 4 with zeros
// image     the same: what the norm is given
// out       pixels x channels
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   backward passes of local response norms.
// Bound by  bytes and cache: d is summed anew for each of the `size` neighbours.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels: u32,
  channels4: u32,
  size: u32,
  alpha: f32,
  beta: f32,
  k: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// include neighbours.wgsl

fn back(start: u32, channel: i32) -> f32 {
  if (channel >= i32(shape.channels)) { return 0.0; }
  let size = i32(shape.size);
  var own = 0.0;
  var sum = 0.0;
  // The mirror image of the neighbourhood: who has this channel in theirs.
  for (var c = max(channel - (size - 1) / 2, 0); c <= min(channel + size / 2, i32(shape.channels) - 1); c++) {
    let d = divisor(start, c);
    let g = gradient[start + u32(c) / 4u][u32(c) % 4u] * exp2(-shape.beta * log2(d));
    if (c == channel) { own = g; }
    sum += g * channel_at(start, c) / d;
  }
  return own - 2.0 * shape.alpha * shape.beta / f32(size) * channel_at(start, channel) * sum;
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  let vector = at % shape.channels4;
  let start = at - vector;
  let channel = i32(vector * 4u);
  out[at] = vec4<f32>(back(start, channel), back(start, channel + 1), back(start, channel + 2), back(start, channel + 3));
}
