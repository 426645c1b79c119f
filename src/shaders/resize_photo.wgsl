// One pass of Pillow's antialiased bilinear resize on RGBA bytes, in the same fixed-point arithmetic and so equal to the last bit.
// (In floats, values that lie exactly between two bytes round the other way, and logits move by a thousandth.)
//
// bytes     lines x size x inner pixels of 4 bytes: a strip of a photo, or the first pass's result
// taps      out_count x (2 + reach): first tap, number of taps, and their weights in units of 2^-22
// out       lines x out_count x inner pixels of 4 bytes, from line first_line on
// Mapping   x: inner, y: output along the axis, z: line. Horizontal pass: inner 1, a line an image row. Vertical: inner the row, one line.
// Used by   preprocessing of photos; nets/photo.ts makes the taps.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  lines: u32,
  first_line: u32,
  size: u32,
  inner: u32,
  out_count: u32,
  reach: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read> taps: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(0) @binding(3) var<uniform> shape: Shape;

const FRACTION_BITS: u32 = 22;

// Weights are not negative and sum to 1, so a sum exceeds 30 bits by no more than rounding.
fn byte(sum: u32) -> u32 {
  return min(sum >> FRACTION_BITS, 255u);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.inner || id.y >= shape.out_count || id.z >= shape.lines) {
    return;
  }
  let table = id.y * (2u + shape.reach);
  let first = taps[table];
  var red = 1u << (FRACTION_BITS - 1u);
  var green = red;
  var blue = red;
  var alpha = red;
  for (var tap = 0u; tap < taps[table + 1u]; tap++) {
    let pixel = bytes[(id.z * shape.size + first + tap) * shape.inner + id.x];
    let weight = taps[table + 2u + tap];
    red += (pixel & 255u) * weight;
    green += ((pixel >> 8u) & 255u) * weight;
    blue += ((pixel >> 16u) & 255u) * weight;
    alpha += ((pixel >> 24u) & 255u) * weight;
  }
  let value = byte(red) | (byte(green) << 8u) | (byte(blue) << 16u) | (byte(alpha) << 24u);
  out[((shape.first_line + id.z) * shape.out_count + id.y) * shape.inner + id.x] = value;
}
