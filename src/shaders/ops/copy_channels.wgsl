// Copies channels of up to four images to where they lie, one image behind the other, in the channels of another; all else there is 0.
//
// a, b, c, d  pixels x channels, padded to 4; an image that is not there begins at `end`
// residual    what is added, in the shape of out
// out         pixels x channels4 vec4s, of which count4 are written, from first4 on
// Mapping     a thread owns one vec4; x and y together count them. Inside of an image it is cut from one or two of the image's; at a border
//             each channel is looked up.
// Used by     concat and slice, and the way back through both.
// Bound by    bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels4: u32,
  first4: u32,
  count4: u32,
  // Vec4s of a pixel of each image.
  a4: u32,
  b4: u32,
  c4: u32,
  d4: u32,
  // Channels of `a` before the first that is copied.
  skip: u32,
  // First channel in out of each image; behind the last, `end`.
  start_a: u32,
  start_b: u32,
  start_c: u32,
  start_d: u32,
  end: u32,
  has_residual: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> d: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> shape: Shape;

// The image that a channel of out lies in, and its channel there.
fn place(channel: u32) -> vec2<u32> {
  if (channel >= shape.start_d) { return vec2<u32>(3u, channel - shape.start_d); }
  if (channel >= shape.start_c) { return vec2<u32>(2u, channel - shape.start_c); }
  if (channel >= shape.start_b) { return vec2<u32>(1u, channel - shape.start_b); }
  return vec2<u32>(0u, channel + shape.skip - shape.start_a);
}

fn load(there: vec2<u32>, pixel: u32) -> vec4<f32> {
  let at = there.y / 4u;
  if (there.x == 0u) { return a[pixel * shape.a4 + at]; }
  if (there.x == 1u) { return b[pixel * shape.b4 + at]; }
  if (there.x == 2u) { return c[pixel * shape.c4 + at]; }
  return d[pixel * shape.d4 + at];
}

fn channel_of(channel: u32, pixel: u32) -> f32 {
  if (channel < shape.start_a || channel >= shape.end) { return 0.0; }
  let there = place(channel);
  return load(there, pixel)[there.y % 4u];
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = id.y * shape.line + id.x;
  if (id.x >= shape.line || index >= shape.vectors) {
    return;
  }
  let pixel = index / shape.count4;
  let at = shape.first4 + index % shape.count4;
  let channel = 4u * at;
  let first = place(channel);
  let last = place(channel + 3u);
  var value = vec4<f32>();
  if (channel >= shape.start_a && channel + 3u < shape.end && first.x == last.x) {
    value = load(first, pixel);
    let shift = first.y % 4u;
    if (shift != 0u) {
      let next = load(last, pixel);
      if (shift == 1u) { value = vec4<f32>(value.yzw, next.x); }
      else if (shift == 2u) { value = vec4<f32>(value.zw, next.xy); }
      else { value = vec4<f32>(value.w, next.xyz); }
    }
  } else if (channel + 3u >= shape.start_a && channel < shape.end) {
    value = vec4<f32>(
      channel_of(channel, pixel),
      channel_of(channel + 1u, pixel),
      channel_of(channel + 2u, pixel),
      channel_of(channel + 3u, pixel),
    );
  }
  let to = pixel * shape.channels4 + at;
  if (shape.has_residual == 1u) { value += residual[to]; }
  out[to] = value;
}
