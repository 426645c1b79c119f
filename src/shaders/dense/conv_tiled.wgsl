// Convolution as an implicit matrix product with a fused epilogue, through tiles in workgroup memory:
// out = activation(conv(image) + bias + residual). A matrix product is a convolution with a 1x1 kernel.
//
// image, weights, bias, residual, out: as in conv_subgroup, any kernel size
// Mapping   a workgroup of 16 x 8 threads owns 64 rows (output pixels, y) by 16 vec4 columns (x), a thread 8 rows of one column in named
//           registers. Inner vec4s go through workgroup memory four at a time: 64 x 4 of the image and 16 x 16 of the weights; a thread
//           brings two of each. Taps outside the image are zero.
// Used by   dense convolutions and linear layers, on GPUs.
// Bound by  arithmetic: 48 loads from workgroup memory feed 128 vec4 multiply-adds.

const COLUMNS: u32 = 16;
const ROWS: u32 = 64;
alias Weight = f32;
alias Input = f32;
alias Output = f32;

struct Shape {
  rows: u32, height: u32, width: u32, channels4: u32,
  out_height: u32, out_width: u32, columns4: u32, out_columns4: u32, first4: u32, out_first4: u32,
  kernel_y: u32, kernel_x: u32, stride_y: u32, stride_x: u32, pad_top: i32, pad_left: i32,
  has_residual: u32, low: f32, high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(5) var<uniform> shape: Shape;

var<workgroup> pixels: array<vec4<f32>, 256>;
var<workgroup> columns: array<vec4<f32>, 256>;

// include activate.wgsl
// include stored.wgsl

// An output pixel's window: the image's pixel under its first tap, and the image's first line in the batch.
fn window(row: u32) -> vec3<i32> {
  let pixel = min(row, shape.rows - 1u);
  let line = pixel / shape.out_width;
  let batch = line / shape.out_height;
  let y = i32((line - batch * shape.out_height) * shape.stride_y) - shape.pad_top;
  let x = i32((pixel - line * shape.out_width) * shape.stride_x) - shape.pad_left;
  return vec3<i32>(x, y, i32(batch * shape.height));
}

fn load(at: vec3<i32>, ky: u32, kx: u32, channel: u32) -> vec4<f32> {
  let x = at.x + i32(kx);
  let y = at.y + i32(ky);
  let inside = ky < shape.kernel_y && y >= 0 && y < i32(shape.height) && x >= 0 && x < i32(shape.width);
  let pixel = u32(select(0, (at.z + y) * i32(shape.width) + x, inside));
  return select(vec4<f32>(), vec4<f32>(image[pixel * shape.channels4 + channel]), inside);
}

fn store(row: u32, column: u32, sum: vec4<f32>) {
  if (row >= shape.rows || column >= shape.columns4) {
    return;
  }
  let at = row * shape.out_columns4 + shape.out_first4 + column;
  var value = sum + bias[shape.first4 + column];
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
  out[at] = stored(activate(value, shape.low, shape.high));
}

@compute @workgroup_size(COLUMNS, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) id: vec3<u32>) {
  let thread = id.y * 16u + id.x;
  // Of the image this thread brings inner vec4 `part` of rows thread / 4 and thread / 4 + 32; of the weights lines id.y and id.y + 8.
  let part = thread % 4u;
  let upper = window(group.y * ROWS + thread / 4u);
  let lower = window(group.y * ROWS + thread / 4u + 32u);
  let column = group.x * COLUMNS + id.x;
  let safe = min(column, shape.columns4 - 1u);
  let inner = shape.kernel_y * shape.kernel_x * shape.channels4;
  let lines = inner * 4u;
  var channel = part % shape.channels4;
  var tap = part / shape.channels4;
  var ky = tap / shape.kernel_x;
  var kx = tap - ky * shape.kernel_x;
  var s0: vec4<f32>; var s1: vec4<f32>; var s2: vec4<f32>; var s3: vec4<f32>;
  var s4: vec4<f32>; var s5: vec4<f32>; var s6: vec4<f32>; var s7: vec4<f32>;
  for (var k = 0u; k < inner; k += 4u) {
    pixels[thread] = load(upper, ky, kx, channel);
    pixels[thread + 128u] = load(lower, ky, kx, channel);
    let at = 4u * k + id.y;
    columns[thread] = vec4<f32>(weights[min(at, lines - 1u) * shape.columns4 + safe]);
    columns[thread + 128u] = vec4<f32>(weights[min(at + 8u, lines - 1u) * shape.columns4 + safe]);
    for (channel += 4u; channel >= shape.channels4; channel -= shape.channels4) {
      kx += 1u;
      if (kx == shape.kernel_x) {
        kx = 0u;
        ky += 1u;
      }
    }
    workgroupBarrier();
    for (var i = 0u; i < 4u; i++) {
      let at_column = i * 64u + id.x;
      let p = mat4x4<f32>(columns[at_column], columns[at_column + 16u], columns[at_column + 32u], columns[at_column + 48u]);
      let row = id.y * 32u + i;
      s0 += p * pixels[row]; s1 += p * pixels[row + 4u]; s2 += p * pixels[row + 8u]; s3 += p * pixels[row + 12u];
      s4 += p * pixels[row + 16u]; s5 += p * pixels[row + 20u]; s6 += p * pixels[row + 24u]; s7 += p * pixels[row + 28u];
    }
    workgroupBarrier();
  }
  let row = group.y * ROWS + id.y * 8u;
  store(row, column, s0); store(row + 1u, column, s1); store(row + 2u, column, s2); store(row + 3u, column, s3);
  store(row + 4u, column, s4); store(row + 5u, column, s5); store(row + 6u, column, s6); store(row + 7u, column, s7);
}
