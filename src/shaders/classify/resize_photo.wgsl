// One pass of Pillow's antialiased resize on RGBA bytes, bilinear or bicubic, in the same fixed-point arithmetic and so equal to the last bit.
// (In floats, values that lie exactly between two bytes round the other way, and logits move by a thousandth.)
//
// bytes     lines x size x inner pixels of 4 bytes: a strip of a photo, or the first pass's result
// taps      out_count x (2 + reach): first tap, number of taps, and their weights in units of 2^-22, of either sign
// out       lines x out_count x inner pixels of 4 bytes, from line first_line on
// Mapping   x: inner, y: output along the axis, z: line. Horizontal pass: inner 1, a line an image row. Vertical: inner the row, one line.
// Used by   preprocessing of photos; classify/photo.ts makes the taps.
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
// 1: pixels are turned into their luma first, as Pillow's "L" rounds it; of the first pass alone.
const GREY: u32 = 0;

// Weights sum to 1, and their absolute values to less than 1.3, so that a sum fits 31 bits. Bicubic ones overshoot.
fn byte(sum: i32) -> u32 {
  return u32(clamp(sum, 0, i32((256u << FRACTION_BITS) - 1u))) >> FRACTION_BITS;
}

fn grey(pixel: u32) -> u32 {
  let luma = (19595u * (pixel & 255u) + 38470u * ((pixel >> 8u) & 255u) + 7471u * ((pixel >> 16u) & 255u) + 32768u) >> 16u;
  return luma | (luma << 8u) | (luma << 16u) | (pixel & 0xff000000u);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.inner || id.y >= shape.out_count || id.z >= shape.lines) {
    return;
  }
  let table = id.y * (2u + shape.reach);
  let first = taps[table];
  var red = i32(1u << (FRACTION_BITS - 1u));
  var green = red;
  var blue = red;
  var alpha = red;
  for (var tap = 0u; tap < taps[table + 1u]; tap++) {
    var pixel = bytes[(id.z * shape.size + first + tap) * shape.inner + id.x];
    if (GREY == 1u) {
      pixel = grey(pixel);
    }
    let weight = i32(taps[table + 2u + tap]);
    red += i32(pixel & 255u) * weight;
    green += i32((pixel >> 8u) & 255u) * weight;
    blue += i32((pixel >> 16u) & 255u) * weight;
    alpha += i32((pixel >> 24u) & 255u) * weight;
  }
  let value = byte(red) | (byte(green) << 8u) | (byte(blue) << 16u) | (byte(alpha) << 24u);
  out[((shape.first_line + id.z) * shape.out_count + id.y) * shape.inner + id.x] = value;
}
