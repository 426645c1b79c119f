// Convolution as an implicit matrix product with a fused epilogue, in which every lane of a subgroup owns rows:
// out = activation(conv(image) + bias + residual). A matrix product is a convolution with a 1x1 kernel.
//
// image, weights, bias, residual, out: as in conv_subgroup; kernels of up to 25 taps
// Planes    z computes another product of a batch of them: image_step, weights_step and out_step apart, in vec4s.
// Mapping   rows are output pixels. A workgroup is one subgroup and owns LANES HELD rows (y), 32 at least, by COLUMNS vec4 columns (x): a lane
//           every LANES-th row in all the columns. The columns' weights are loaded once a subgroup, a lane every LANES-th vec4, and go round by
//           broadcast. COLUMNS is chosen by the layer, so that few are idle. A bit for every tap says whether it lies inside the image.
// Used by   convolutions and linear layers on software adapters whose subgroups are all LANES wide.
// Bound by  loads and arithmetic: HELD + 4 COLUMNS / LANES vec4 loads feed 4 HELD COLUMNS vec4 multiply-adds. Larger tiles outgrow the
//           cache of instructions.

enable subgroups;

const LANES: u32 = 4;
const HELD = max(32u / LANES, 1u);
const COLUMNS: u32 = 6;
// Channels of a vec4 that have weights: all, or the three colours of a photo.
const INNER: u32 = 4;
const LOADS = (4u * COLUMNS + LANES - 1u) / LANES;
alias Weight = f32;
alias Input = f32;
alias Output = f32;

struct Shape {
  rows: u32, height: u32, width: u32, channels4: u32, out_height: u32, out_width: u32, columns4: u32, out_columns4: u32, first4: u32, out_first4: u32,
  kernel_y: u32, kernel_x: u32, stride_y: u32, stride_x: u32, pad_top: i32, pad_left: i32,
  has_bias: u32, has_residual: u32, low: f32, high: f32,
  image_step: u32, weights_step: u32, out_step: u32,
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

// Where a lane's weight lies that is number `at` of those of a vec4's lines: a column's four are one behind the other.
fn place(at: u32, column: u32) -> u32 {
  return min(at % 4u, INNER - 1u) * shape.columns4 + min(column + at / 4u, shape.columns4 - 1u);
}

// In the order of conv_subgroup and conv_stem, so that results are theirs.
fn step(p: mat4x4<f32>, x: vec4<f32>, sum: vec4<f32>) -> vec4<f32> {
  if (INNER == 4u) { return sum + p * x; }
  return fma(vec4<f32>(x.z), p[2], fma(vec4<f32>(x.y), p[1], fma(vec4<f32>(x.x), p[0], sum)));
}

// All indices are constants: these arrays are registers.
fn add(s: ptr<function, array<vec4<f32>, 8>>, x: ptr<function, array<vec4<f32>, 8>>, p: mat4x4<f32>) {
  (*s)[0] = step(p, (*x)[0], (*s)[0]);
  if (HELD > 1u) { (*s)[1] = step(p, (*x)[1], (*s)[1]); }
  if (HELD > 2u) { (*s)[2] = step(p, (*x)[2], (*s)[2]); }
  if (HELD > 3u) { (*s)[3] = step(p, (*x)[3], (*s)[3]); }
  if (HELD > 4u) { (*s)[4] = step(p, (*x)[4], (*s)[4]); }
  if (HELD > 5u) { (*s)[5] = step(p, (*x)[5], (*s)[5]); }
  if (HELD > 6u) { (*s)[6] = step(p, (*x)[6], (*s)[6]); }
  if (HELD > 7u) { (*s)[7] = step(p, (*x)[7], (*s)[7]); }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(subgroup_invocation_id) lane: u32) {
  let row = group.y * LANES * HELD + lane; let column = group.x * COLUMNS;
  let matrix = group.z * shape.weights_step;
  var at: array<Window, 8>; var x: array<vec4<f32>, 8>;
  var weight: array<u32, 6>; var v: array<vec4<f32>, 6>;
  at[0] = window(row); if (HELD > 1u) { at[1] = window(row + 1u * LANES); }
  if (HELD > 2u) { at[2] = window(row + 2u * LANES); }
  if (HELD > 3u) { at[3] = window(row + 3u * LANES); }
  if (HELD > 4u) { at[4] = window(row + 4u * LANES); }
  if (HELD > 5u) { at[5] = window(row + 5u * LANES); }
  if (HELD > 6u) { at[6] = window(row + 6u * LANES); }
  if (HELD > 7u) { at[7] = window(row + 7u * LANES); }
  weight[0] = matrix + place(lane, column); if (LOADS > 1u) { weight[1] = matrix + place(lane + 1u * LANES, column); }
  if (LOADS > 2u) { weight[2] = matrix + place(lane + 2u * LANES, column); }
  if (LOADS > 3u) { weight[3] = matrix + place(lane + 3u * LANES, column); }
  if (LOADS > 4u) { weight[4] = matrix + place(lane + 4u * LANES, column); }
  if (LOADS > 5u) { weight[5] = matrix + place(lane + 5u * LANES, column); }
  var s0: array<vec4<f32>, 8>; var s1: array<vec4<f32>, 8>; var s2: array<vec4<f32>, 8>;
  var s3: array<vec4<f32>, 8>; var s4: array<vec4<f32>, 8>; var s5: array<vec4<f32>, 8>;
  let line = shape.kernel_x * shape.channels4;
  var along = 0u; var tap = 0u; var channel = 0u;
  var offset = i32(group.z * shape.image_step);
  for (var k = 0u; k < line * shape.kernel_y; k++) {
    v[0] = vec4<f32>(weights[weight[0]]); weight[0] += INNER * shape.columns4;
    if (LOADS > 1u) { v[1] = vec4<f32>(weights[weight[1]]); weight[1] += INNER * shape.columns4; }
    if (LOADS > 2u) { v[2] = vec4<f32>(weights[weight[2]]); weight[2] += INNER * shape.columns4; }
    if (LOADS > 3u) { v[3] = vec4<f32>(weights[weight[3]]); weight[3] += INNER * shape.columns4; }
    if (LOADS > 4u) { v[4] = vec4<f32>(weights[weight[4]]); weight[4] += INNER * shape.columns4; }
    if (LOADS > 5u) { v[5] = vec4<f32>(weights[weight[5]]); weight[5] += INNER * shape.columns4; }
    x[0] = load(at[0], tap, offset); if (HELD > 1u) { x[1] = load(at[1], tap, offset); }
    if (HELD > 2u) { x[2] = load(at[2], tap, offset); } if (HELD > 3u) { x[3] = load(at[3], tap, offset); }
    if (HELD > 4u) { x[4] = load(at[4], tap, offset); } if (HELD > 5u) { x[5] = load(at[5], tap, offset); }
    if (HELD > 6u) { x[6] = load(at[6], tap, offset); } if (HELD > 7u) { x[7] = load(at[7], tap, offset); }
    add(&s0, &x, mat4x4<f32>(
      subgroupBroadcast(v[0u / LANES], 0u % LANES), subgroupBroadcast(v[1u / LANES], 1u % LANES),
      subgroupBroadcast(v[2u / LANES], 2u % LANES), subgroupBroadcast(v[3u / LANES], 3u % LANES)));
    add(&s1, &x, mat4x4<f32>(
      subgroupBroadcast(v[4u / LANES], 4u % LANES), subgroupBroadcast(v[5u / LANES], 5u % LANES),
      subgroupBroadcast(v[6u / LANES], 6u % LANES), subgroupBroadcast(v[7u / LANES], 7u % LANES)));
    add(&s2, &x, mat4x4<f32>(
      subgroupBroadcast(v[8u / LANES], 8u % LANES), subgroupBroadcast(v[9u / LANES], 9u % LANES),
      subgroupBroadcast(v[10u / LANES], 10u % LANES), subgroupBroadcast(v[11u / LANES], 11u % LANES)));
    add(&s3, &x, mat4x4<f32>(
      subgroupBroadcast(v[12u / LANES], 12u % LANES), subgroupBroadcast(v[13u / LANES], 13u % LANES),
      subgroupBroadcast(v[14u / LANES], 14u % LANES), subgroupBroadcast(v[15u / LANES], 15u % LANES)));
    if (COLUMNS > 4u) { add(&s4, &x, mat4x4<f32>(
      subgroupBroadcast(v[16u / LANES], 16u % LANES), subgroupBroadcast(v[17u / LANES], 17u % LANES),
      subgroupBroadcast(v[18u / LANES], 18u % LANES), subgroupBroadcast(v[19u / LANES], 19u % LANES))); }
    if (COLUMNS > 5u) { add(&s5, &x, mat4x4<f32>(
      subgroupBroadcast(v[20u / LANES], 20u % LANES), subgroupBroadcast(v[21u / LANES], 21u % LANES),
      subgroupBroadcast(v[22u / LANES], 22u % LANES), subgroupBroadcast(v[23u / LANES], 23u % LANES))); }
    channel = select(channel + 1u, 0u, channel + 1u == shape.channels4);
    tap += select(0u, 1u, channel == 0u);
    along = select(along + 1u, 0u, along + 1u == line);
    // The taps of a line lie one behind the other; the next line begins a width further.
    offset += 1 + select(0, i32(shape.width * shape.channels4 - line), along == 0u);
  }
  // Loops, as compilers take long over many stores.
  var tile = array<array<vec4<f32>, 8>, 6>(s0, s1, s2, s3, s4, s5);
  for (var c = 0u; c < min(COLUMNS, shape.columns4 - column); c++) {
    var addend = vec4<f32>();
    if (shape.has_bias == 1u) { addend = bias[shape.first4 + column + c]; }
    for (var i = 0u; i < HELD; i++) {
      let pixel = row + i * LANES;
      if (pixel < shape.rows) {
        let at = pixel * shape.out_columns4 + shape.out_first4 + column + c;
        var value = tile[c][i] + addend;
        if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
        out[group.z * shape.out_step + at] = stored(activate(value, shape.low, shape.high));
      }
    }
  }
}
