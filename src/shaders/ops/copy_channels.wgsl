// Copies the channels of an image to where they lie in another, which is 0 beyond them. The last vec4 may hold the next images' first.
//
// a           pixels x channels, padded to 4
// b, c, d     the images that follow, as far as IMAGES counts them: their channels are added to the last vec4
// residual    what is added, in the shape of out
// out         pixels x channels4 vec4s, of which count4 are written, from first4 on; 0 from channel `end` on
// Mapping     a thread owns one vec4; x and y together count them. It is cut from two of the image's, or is one where SHIFT is 0.
// Used by     concat and slice, and the way back through both.
// Bound by    bytes.

const WORKGROUP_X: u32 = 64;
const IMAGES: u32 = 4;
// offset_a modulo 4.
const SHIFT: i32 = 0;
alias Input = f32;
alias Output = f32;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels4: u32,
  first4: u32,
  count4: u32,
  end: u32,
  // Vec4s of a pixel of each image; 0 where there is none. Channel i of out is channel i + offset of the image.
  a4: u32,
  b4: u32,
  c4: u32,
  d4: u32,
  offset_a: i32,
  offset_b: i32,
  offset_c: i32,
  offset_d: i32,
  has_residual: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<Input>>;
@group(0) @binding(2) var<storage, read> c: array<vec4<Input>>;
@group(0) @binding(3) var<storage, read> d: array<vec4<Input>>;
@group(0) @binding(4) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(5) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(6) var<uniform> shape: Shape;

// include stored.wgsl

fn load(image: u32, pixel: u32, at: i32, count: u32) -> vec4<f32> {
  if (at < 0 || at >= i32(count)) { return vec4<f32>(); }
  let index = pixel * count + u32(at);
  if (image == 0u) { return vec4<f32>(a[index]); }
  if (image == 1u) { return vec4<f32>(b[index]); }
  if (image == 2u) { return vec4<f32>(c[index]); }
  return vec4<f32>(d[index]);
}

// Four channels of an image, from one on that may lie before its first or behind its last: those are 0.
fn part(image: u32, pixel: u32, channel: i32, count: u32, shift: i32) -> vec4<f32> {
  let at = channel >> 2u;
  let low = load(image, pixel, at, count);
  if (shift == 0) { return low; }
  let high = load(image, pixel, at + 1, count);
  if (shift == 1) { return vec4<f32>(low.yzw, high.x); }
  if (shift == 2) { return vec4<f32>(low.zw, high.xy); }
  return vec4<f32>(low.w, high.xyz);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let index = id.y * shape.line + id.x;
  if (id.x >= shape.line || index >= shape.vectors) {
    return;
  }
  let pixel = index / shape.count4;
  let own = index - pixel * shape.count4;
  let at = shape.first4 + own;
  let channel = i32(4u * at);
  var value = part(0u, pixel, channel + shape.offset_a, shape.a4, SHIFT);
  if (IMAGES > 1u && own + 1u == shape.count4) {
    value += part(1u, pixel, channel + shape.offset_b, shape.b4, shape.offset_b & 3);
    if (IMAGES > 2u) { value += part(2u, pixel, channel + shape.offset_c, shape.c4, shape.offset_c & 3); }
    if (IMAGES > 3u) { value += part(3u, pixel, channel + shape.offset_d, shape.d4, shape.offset_d & 3); }
  }
  let left = i32(shape.end) - channel;
  if (left < 4) { value = select(vec4<f32>(), value, vec4<i32>(0, 1, 2, 3) < vec4<i32>(left)); }
  let to = pixel * shape.channels4 + at;
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[to]); }
  out[to] = stored(value);
}
