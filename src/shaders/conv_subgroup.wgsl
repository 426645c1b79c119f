// Convolution as an implicit matrix product with a fused epilogue, in which the lanes of a subgroup share what they load:
// out = clamp(conv(image) + bias + residual, low, high). A matrix product is a convolution with a 1x1 kernel.
//
// image     batch x height x width x channels, channels padded to 4
// weights   (ky, kx, channel) x columns, both padded to 4, in Weight precision: the columns of out from vec4 first4 on
// bias      all columns of out; residual and out: batch x out_height x out_width x out_columns
// Mapping   rows are output pixels. A workgroup is one subgroup and owns 16 rows (y) by 2 LANES vec4 columns (x): every lane all the rows of two
//           columns. A lane loads its columns of the weights and every LANES-th pixel; the pixels go round by broadcast.
//           A tap outside the image reads pixel 0 and is multiplied by 0.
// Used by   dense convolutions and linear layers, on adapters whose subgroups are all LANES wide.
// Bound by  arithmetic: 8 + 16 / LANES vec4 loads feed 128 vec4 multiply-adds.

enable subgroups;

const LANES: u32 = 4;
const HELD = max(16u / LANES, 1u);
alias Weight = f32;

struct Shape {
  rows: u32, height: u32, width: u32, channels4: u32,
  out_height: u32, out_width: u32, columns4: u32, out_columns4: u32, first4: u32,
  kernel: u32, stride: u32, pad_top: u32, pad_left: u32,
  has_residual: u32, low: f32, high: f32,
}

struct Tap { start: u32, inside: f32 }

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// An output pixel's window: the image's pixel under its first tap, and the image's first line in the batch.
fn window(row: u32) -> vec3<i32> {
  let pixel = min(row, shape.rows - 1u);
  let line = pixel / shape.out_width;
  let batch = line / shape.out_height;
  let y = i32((line - batch * shape.out_height) * shape.stride) - i32(shape.pad_top);
  let x = i32((pixel - line * shape.out_width) * shape.stride) - i32(shape.pad_left);
  return vec3<i32>(x, y, i32(batch * shape.height));
}

fn tap(at: vec3<i32>, ky: u32, kx: u32) -> Tap {
  let x = at.x + i32(kx);
  let y = at.y + i32(ky);
  let inside = y >= 0 && y < i32(shape.height) && x >= 0 && x < i32(shape.width);
  return Tap(u32(select(0, (at.z + y) * i32(shape.width) + x, inside)) * shape.channels4, select(0.0, 1.0, inside));
}

fn load(tap: Tap, channel: u32) -> vec4<f32> {
  return image[tap.start + channel] * tap.inside;
}

fn matrix(at: u32) -> mat4x4<f32> {
  let n = shape.columns4;
  return mat4x4<f32>(
    vec4<f32>(weights[at]), vec4<f32>(weights[at + n]), vec4<f32>(weights[at + 2u * n]), vec4<f32>(weights[at + 3u * n]));
}

fn add(x: vec4<f32>, p: mat4x4<f32>, q: mat4x4<f32>, s: ptr<function, vec4<f32>>, t: ptr<function, vec4<f32>>) {
  *s += p * x;
  *t += q * x;
}

fn store(row: u32, column: u32, sum: vec4<f32>) {
  if (column >= shape.columns4) {
    return;
  }
  let at = row * shape.out_columns4 + shape.first4 + column;
  var value = sum + bias[shape.first4 + column];
  if (shape.has_residual == 1u) { value += residual[at]; }
  out[at] = clamp(value, vec4<f32>(shape.low), vec4<f32>(shape.high));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let row = group.y * 16u;
  let column = group.x * LANES * 2u + lane;
  // Lanes past the last column work on it again and do not store.
  var weight = min(column, shape.columns4 - 1u);
  let step = min(column + LANES, shape.columns4 - 1u) - weight;
  // All their indices are constants: these arrays are registers.
  var at: array<vec3<i32>, 4>;
  var source: array<Tap, 4>;
  var x: array<vec4<f32>, 4>;
  at[0] = window(row + lane);
  if (HELD > 1u) { at[1] = window(row + lane + 1u * LANES); } if (HELD > 2u) { at[2] = window(row + lane + 2u * LANES); }
  if (HELD > 3u) { at[3] = window(row + lane + 3u * LANES); }
  var s0: vec4<f32>; var s1: vec4<f32>; var s2: vec4<f32>; var s3: vec4<f32>; var s4: vec4<f32>; var s5: vec4<f32>; var s6: vec4<f32>;
  var s7: vec4<f32>; var s8: vec4<f32>; var s9: vec4<f32>; var s10: vec4<f32>; var s11: vec4<f32>; var s12: vec4<f32>; var s13: vec4<f32>;
  var s14: vec4<f32>; var s15: vec4<f32>; var t0: vec4<f32>; var t1: vec4<f32>; var t2: vec4<f32>; var t3: vec4<f32>; var t4: vec4<f32>;
  var t5: vec4<f32>; var t6: vec4<f32>; var t7: vec4<f32>; var t8: vec4<f32>; var t9: vec4<f32>; var t10: vec4<f32>; var t11: vec4<f32>;
  var t12: vec4<f32>; var t13: vec4<f32>; var t14: vec4<f32>; var t15: vec4<f32>;
  // One loop over taps and channels: compilers take minutes over so many sums in nested ones.
  var ky = 0u;
  var kx = 0u;
  var channel = 0u;
  for (var k = 0u; k < shape.kernel * shape.kernel * shape.channels4; k++) {
    if (channel == 0u) {
      source[0] = tap(at[0], ky, kx);
      if (HELD > 1u) { source[1] = tap(at[1], ky, kx); } if (HELD > 2u) { source[2] = tap(at[2], ky, kx); }
      if (HELD > 3u) { source[3] = tap(at[3], ky, kx); }
      kx += 1u;
      if (kx == shape.kernel) {
        kx = 0u;
        ky += 1u;
      }
    }
    let p = matrix(weight);
    let q = matrix(weight + step);
    weight += 4u * shape.columns4;
    x[0] = load(source[0], channel);
    if (HELD > 1u) { x[1] = load(source[1], channel); } if (HELD > 2u) { x[2] = load(source[2], channel); }
    if (HELD > 3u) { x[3] = load(source[3], channel); }
    channel = select(channel + 1u, 0u, channel + 1u == shape.channels4);
    add(subgroupBroadcast(x[0u / LANES], 0u % LANES), p, q, &s0, &t0); add(subgroupBroadcast(x[1u / LANES], 1u % LANES), p, q, &s1, &t1);
    add(subgroupBroadcast(x[2u / LANES], 2u % LANES), p, q, &s2, &t2); add(subgroupBroadcast(x[3u / LANES], 3u % LANES), p, q, &s3, &t3);
    add(subgroupBroadcast(x[4u / LANES], 4u % LANES), p, q, &s4, &t4); add(subgroupBroadcast(x[5u / LANES], 5u % LANES), p, q, &s5, &t5);
    add(subgroupBroadcast(x[6u / LANES], 6u % LANES), p, q, &s6, &t6); add(subgroupBroadcast(x[7u / LANES], 7u % LANES), p, q, &s7, &t7);
    add(subgroupBroadcast(x[8u / LANES], 8u % LANES), p, q, &s8, &t8); add(subgroupBroadcast(x[9u / LANES], 9u % LANES), p, q, &s9, &t9);
    add(subgroupBroadcast(x[10u / LANES], 10u % LANES), p, q, &s10, &t10);
    add(subgroupBroadcast(x[11u / LANES], 11u % LANES), p, q, &s11, &t11);
    add(subgroupBroadcast(x[12u / LANES], 12u % LANES), p, q, &s12, &t12);
    add(subgroupBroadcast(x[13u / LANES], 13u % LANES), p, q, &s13, &t13);
    add(subgroupBroadcast(x[14u / LANES], 14u % LANES), p, q, &s14, &t14);
    add(subgroupBroadcast(x[15u / LANES], 15u % LANES), p, q, &s15, &t15);
  }
  // A loop, since 32 copies of the store would take compilers minutes.
  var tile = array<vec4<f32>, 32>(
    s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14,
    t15
  );
  for (var i = 0u; i < min(16u, shape.rows - row); i++) {
    store(row + i, column, tile[i]);
    store(row + i, column + LANES, tile[16u + i]);
  }
}
