// Convolution as an implicit matrix product with a fused epilogue, in which the lanes of a subgroup share what they load:
// out = activation(conv(image) + bias + residual). A matrix product is a convolution with a 1x1 kernel.
//
// image     batch x height x width x channels, channels padded to 4
// weights   (ky, kx, channel) x columns, both padded to 4, in Weight precision: some columns or all; kernels of up to 25 taps
// bias      of all columns, the kernel's from vec4 first4 on
// residual, out: batch x out_height x out_width x out_columns, the kernel's from vec4 out_first4 on
// Slices    z computes inner vec4s z slice ... (z + 1) slice only, out_step vec4s apart, to be added up by combine_slices; a slice of 0 means all.
// Mapping   rows are output pixels. A workgroup is one subgroup and owns 16 rows (y) by 2 LANES vec4 columns (x): every lane all the rows of two
//           columns. A lane loads its columns of the weights and every LANES-th pixel; the pixels go round by broadcast. A bit for every
//           tap says whether it lies inside the image. One loop without branches: compilers take minutes over so many sums otherwise.
// Used by   dense convolutions and linear layers, on adapters whose subgroups are all LANES wide.
// Bound by  arithmetic: 8 + 16 / LANES vec4 loads feed 128 vec4 multiply-adds.

enable subgroups;

const LANES: u32 = 4;
const HELD = max(16u / LANES, 1u);
alias Weight = f32;
alias Input = f32;
alias Output = f32;

struct Shape {
  rows: u32, height: u32, width: u32, channels4: u32, out_height: u32, out_width: u32, columns4: u32, out_columns4: u32, first4: u32, out_first4: u32,
  kernel_y: u32, kernel_x: u32, stride_y: u32, stride_x: u32, pad_top: i32, pad_left: i32,
  has_bias: u32, has_residual: u32, low: f32, high: f32,
  slice: u32, out_step: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl
// include window.wgsl

fn matrix(at: u32) -> mat4x4<f32> {
  let n = shape.columns4;
  return mat4x4<f32>(
    vec4<f32>(weights[at]), vec4<f32>(weights[at + n]), vec4<f32>(weights[at + 2u * n]), vec4<f32>(weights[at + 3u * n]));
}

fn add(x: vec4<f32>, p: mat4x4<f32>, q: mat4x4<f32>, s: ptr<function, vec4<f32>>, t: ptr<function, vec4<f32>>) {
  *s += p * x;
  *t += q * x;
}

fn store(row: u32, column: u32, plane: u32, sum: vec4<f32>) {
  if (column >= shape.columns4) { return; }
  let at = row * shape.out_columns4 + shape.out_first4 + column;
  var value = sum;
  if (shape.has_bias == 1u) { value += bias[shape.first4 + column]; }
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
  out[plane + at] = stored(activate(value, shape.low, shape.high));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let row = group.y * 16u;
  let column = group.x * LANES * 2u + lane;
  // Lanes past the last column work on it again and do not store.
  var weight = min(column, shape.columns4 - 1u);
  let step = min(column + LANES, shape.columns4 - 1u) - weight;
  // All their indices are constants: these arrays are registers.
  var at: array<Window, 4>;
  var x: array<vec4<f32>, 4>;
  at[0] = window(row + lane); if (HELD > 1u) { at[1] = window(row + lane + 1u * LANES); }
  if (HELD > 2u) { at[2] = window(row + lane + 2u * LANES); } if (HELD > 3u) { at[3] = window(row + lane + 3u * LANES); }
  var s0: vec4<f32>; var s1: vec4<f32>; var s2: vec4<f32>; var s3: vec4<f32>; var s4: vec4<f32>; var s5: vec4<f32>; var s6: vec4<f32>;
  var s7: vec4<f32>; var s8: vec4<f32>; var s9: vec4<f32>; var s10: vec4<f32>; var s11: vec4<f32>; var s12: vec4<f32>; var s13: vec4<f32>;
  var s14: vec4<f32>; var s15: vec4<f32>; var t0: vec4<f32>; var t1: vec4<f32>; var t2: vec4<f32>; var t3: vec4<f32>; var t4: vec4<f32>;
  var t5: vec4<f32>; var t6: vec4<f32>; var t7: vec4<f32>; var t8: vec4<f32>; var t9: vec4<f32>; var t10: vec4<f32>; var t11: vec4<f32>;
  var t12: vec4<f32>; var t13: vec4<f32>; var t14: vec4<f32>; var t15: vec4<f32>;
  let line = shape.kernel_x * shape.channels4;
  let first = group.z * shape.slice;
  let last = select(min(first + shape.slice, line * shape.kernel_y), line * shape.kernel_y, shape.slice == 0u);
  var along = first % line;
  var tap = first / shape.channels4;
  var channel = first - tap * shape.channels4;
  var offset = i32(first / line * shape.width * shape.channels4 + along);
  weight += first * 4u * shape.columns4;
  for (var k = first; k < last; k++) {
    let p = matrix(weight);
    let q = matrix(weight + step);
    x[0] = load(at[0], tap, offset); if (HELD > 1u) { x[1] = load(at[1], tap, offset); }
    if (HELD > 2u) { x[2] = load(at[2], tap, offset); } if (HELD > 3u) { x[3] = load(at[3], tap, offset); }
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
    weight += 4u * shape.columns4;
    channel = select(channel + 1u, 0u, channel + 1u == shape.channels4);
    tap += select(0u, 1u, channel == 0u);
    along = select(along + 1u, 0u, along + 1u == line);
    // The taps of a line lie one behind the other; the next line begins a width further.
    offset += 1 + select(0, i32(shape.width * shape.channels4 - line), along == 0u);
  }
  let plane = group.z * shape.out_step;
  // A loop, for the compilers' sake again.
  var tile = array<vec4<f32>, 32>(
    s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15,
    t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, t10, t11, t12, t13, t14, t15);
  for (var i = 0u; i < min(16u, shape.rows - row); i++) {
    store(row + i, column, plane, tile[i]);
    store(row + i, column + LANES, plane, tile[16u + i]);
  }
}
