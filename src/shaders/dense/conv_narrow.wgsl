// Convolution as an implicit matrix product with a fused epilogue, for few output channels: out = activation(conv(image) + bias + residual).
//
// image     batch x height x width x channels, channels padded to 4
// weights   (ky, kx, channel) x columns, both padded to 4, in Weight precision: some columns or all; kernels of up to 25 taps
// bias      of all columns, the kernel's from vec4 first4 on
// residual, out: batch x out_height x out_width x out_columns, the kernel's from vec4 out_first4 on
// Mapping   as conv_subgroup with a tile half as wide and twice as high, which leaves fewer lanes idle: a workgroup is one subgroup and owns 32
//           rows (y) by LANES vec4 columns (x), every lane all the rows of one column.
// Used by   dense convolutions and linear layers of few columns, on adapters whose subgroups are all LANES wide.
// Bound by  arithmetic: 4 + 32 / LANES vec4 loads feed 128 vec4 multiply-adds.

enable subgroups;

const LANES: u32 = 4;
const HELD = max(32u / LANES, 1u);
alias Weight = f32;

struct Shape {
  rows: u32, height: u32, width: u32, channels4: u32,
  out_height: u32, out_width: u32, columns4: u32, out_columns4: u32, first4: u32, out_first4: u32,
  kernel_y: u32, kernel_x: u32, stride_y: u32, stride_x: u32, pad_top: i32, pad_left: i32,
  has_residual: u32, low: f32, high: f32,
}

// An output pixel's window: where its first tap lies in the image, and which taps lie inside.
struct Window { start: i32, inside: u32 }

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// include activate.wgsl

fn window(row: u32) -> Window {
  let pixel = min(row, shape.rows - 1u);
  let line = pixel / shape.out_width;
  let batch = line / shape.out_height;
  let y = i32((line - batch * shape.out_height) * shape.stride_y) - shape.pad_top;
  let x = i32((pixel - line * shape.out_width) * shape.stride_x) - shape.pad_left;
  var inside = 0u;
  for (var tap = 0u; tap < shape.kernel_y * shape.kernel_x; tap++) {
    let at = vec2<i32>(x + i32(tap % shape.kernel_x), y + i32(tap / shape.kernel_x));
    let is_inside = all(at >= vec2<i32>()) && all(at < vec2<i32>(i32(shape.width), i32(shape.height)));
    inside |= select(0u, 1u << tap, is_inside);
  }
  return Window(((i32(batch * shape.height) + y) * i32(shape.width) + x) * i32(shape.channels4), inside);
}

fn load(at: Window, tap: u32, offset: i32) -> vec4<f32> {
  return select(vec4<f32>(), image[u32(at.start + offset)], ((at.inside >> tap) & 1u) == 1u);
}

fn matrix(at: u32) -> mat4x4<f32> {
  let n = shape.columns4;
  return mat4x4<f32>(
    vec4<f32>(weights[at]), vec4<f32>(weights[at + n]), vec4<f32>(weights[at + 2u * n]), vec4<f32>(weights[at + 3u * n]));
}

fn store(row: u32, column: u32, sum: vec4<f32>) {
  if (column >= shape.columns4) {
    return;
  }
  let at = row * shape.out_columns4 + shape.out_first4 + column;
  var value = sum + bias[shape.first4 + column];
  if (shape.has_residual == 1u) { value += residual[at]; }
  out[at] = activate(value, shape.low, shape.high);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let row = group.y * 32u;
  let column = group.x * LANES + lane;
  // Lanes past the last column work on it again and do not store.
  var weight = min(column, shape.columns4 - 1u);
  // All their indices are constants: these arrays are registers.
  var at: array<Window, 8>;
  var x: array<vec4<f32>, 8>;
  at[0] = window(row + lane);
  if (HELD > 1u) { at[1] = window(row + lane + 1u * LANES); } if (HELD > 2u) { at[2] = window(row + lane + 2u * LANES); }
  if (HELD > 3u) { at[3] = window(row + lane + 3u * LANES); } if (HELD > 4u) { at[4] = window(row + lane + 4u * LANES); }
  if (HELD > 5u) { at[5] = window(row + lane + 5u * LANES); } if (HELD > 6u) { at[6] = window(row + lane + 6u * LANES); }
  if (HELD > 7u) { at[7] = window(row + lane + 7u * LANES); }
  var s0: vec4<f32>; var s1: vec4<f32>; var s2: vec4<f32>; var s3: vec4<f32>; var s4: vec4<f32>; var s5: vec4<f32>; var s6: vec4<f32>;
  var s7: vec4<f32>; var s8: vec4<f32>; var s9: vec4<f32>; var s10: vec4<f32>; var s11: vec4<f32>; var s12: vec4<f32>; var s13: vec4<f32>;
  var s14: vec4<f32>; var s15: vec4<f32>; var s16: vec4<f32>; var s17: vec4<f32>; var s18: vec4<f32>; var s19: vec4<f32>;
  var s20: vec4<f32>; var s21: vec4<f32>; var s22: vec4<f32>; var s23: vec4<f32>; var s24: vec4<f32>; var s25: vec4<f32>;
  var s26: vec4<f32>; var s27: vec4<f32>; var s28: vec4<f32>; var s29: vec4<f32>; var s30: vec4<f32>; var s31: vec4<f32>;
  let line = shape.kernel_x * shape.channels4;
  var along = 0u;
  var tap = 0u;
  var channel = 0u;
  var offset = 0;
  for (var k = 0u; k < line * shape.kernel_y; k++) {
    let p = matrix(weight);
    x[0] = load(at[0], tap, offset);
    if (HELD > 1u) { x[1] = load(at[1], tap, offset); } if (HELD > 2u) { x[2] = load(at[2], tap, offset); }
    if (HELD > 3u) { x[3] = load(at[3], tap, offset); } if (HELD > 4u) { x[4] = load(at[4], tap, offset); }
    if (HELD > 5u) { x[5] = load(at[5], tap, offset); } if (HELD > 6u) { x[6] = load(at[6], tap, offset); }
    if (HELD > 7u) { x[7] = load(at[7], tap, offset); }
    s0 += p * subgroupBroadcast(x[0u / LANES], 0u % LANES); s1 += p * subgroupBroadcast(x[1u / LANES], 1u % LANES);
    s2 += p * subgroupBroadcast(x[2u / LANES], 2u % LANES); s3 += p * subgroupBroadcast(x[3u / LANES], 3u % LANES);
    s4 += p * subgroupBroadcast(x[4u / LANES], 4u % LANES); s5 += p * subgroupBroadcast(x[5u / LANES], 5u % LANES);
    s6 += p * subgroupBroadcast(x[6u / LANES], 6u % LANES); s7 += p * subgroupBroadcast(x[7u / LANES], 7u % LANES);
    s8 += p * subgroupBroadcast(x[8u / LANES], 8u % LANES); s9 += p * subgroupBroadcast(x[9u / LANES], 9u % LANES);
    s10 += p * subgroupBroadcast(x[10u / LANES], 10u % LANES); s11 += p * subgroupBroadcast(x[11u / LANES], 11u % LANES);
    s12 += p * subgroupBroadcast(x[12u / LANES], 12u % LANES); s13 += p * subgroupBroadcast(x[13u / LANES], 13u % LANES);
    s14 += p * subgroupBroadcast(x[14u / LANES], 14u % LANES); s15 += p * subgroupBroadcast(x[15u / LANES], 15u % LANES);
    s16 += p * subgroupBroadcast(x[16u / LANES], 16u % LANES); s17 += p * subgroupBroadcast(x[17u / LANES], 17u % LANES);
    s18 += p * subgroupBroadcast(x[18u / LANES], 18u % LANES); s19 += p * subgroupBroadcast(x[19u / LANES], 19u % LANES);
    s20 += p * subgroupBroadcast(x[20u / LANES], 20u % LANES); s21 += p * subgroupBroadcast(x[21u / LANES], 21u % LANES);
    s22 += p * subgroupBroadcast(x[22u / LANES], 22u % LANES); s23 += p * subgroupBroadcast(x[23u / LANES], 23u % LANES);
    s24 += p * subgroupBroadcast(x[24u / LANES], 24u % LANES); s25 += p * subgroupBroadcast(x[25u / LANES], 25u % LANES);
    s26 += p * subgroupBroadcast(x[26u / LANES], 26u % LANES); s27 += p * subgroupBroadcast(x[27u / LANES], 27u % LANES);
    s28 += p * subgroupBroadcast(x[28u / LANES], 28u % LANES); s29 += p * subgroupBroadcast(x[29u / LANES], 29u % LANES);
    s30 += p * subgroupBroadcast(x[30u / LANES], 30u % LANES); s31 += p * subgroupBroadcast(x[31u / LANES], 31u % LANES);
    weight += 4u * shape.columns4;
    channel = select(channel + 1u, 0u, channel + 1u == shape.channels4);
    tap += select(0u, 1u, channel == 0u);
    along = select(along + 1u, 0u, along + 1u == line);
    // The taps of a line lie one behind the other; the next line begins a width further.
    offset += 1 + select(0, i32(shape.width * shape.channels4 - line), along == 0u);
  }
  // A loop, for the compilers' sake again.
  var tile = array<vec4<f32>, 32>(
    s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15, s16, s17, s18, s19, s20, s21, s22, s23, s24, s25, s26, s27, s28,
    s29, s30, s31
  );
  for (var i = 0u; i < min(32u, shape.rows - row); i++) {
    store(row + i, column, tile[i]);
  }
}
