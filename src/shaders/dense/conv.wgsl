// Convolution as an implicit matrix product, any kernel, stride, dilation and padding, with a fused epilogue:
// out = activation(conv(image) + bias + residual).
//
// image     batch x height x width x channels, channels padded to 4
// weights   (kernel_y, kernel_x, channel) x columns, both padded to 4, in Weight precision
// bias      of all columns, the kernel's from vec4 first4 on
// residual, out: batch x out_height x out_width x out_columns, the kernel's from vec4 out_first4 on
// Mapping   rows are output pixels, inner is (ky, kx, channel): a thread owns 8 pixels (y) by 2 vec4 columns (x).
//           Taps outside the image read pixel 0 and are multiplied by 0. A padding below 0 crops.
// Used by   every convolution that is not depthwise, not a 3-channel stem and not 1x1 of stride 1.
// Bound by  arithmetic, like matmul.

const WORKGROUP_X: u32 = 4;
const WORKGROUP_Y: u32 = 16;
const TILE_ROWS: u32 = 8;
const TILE_COLUMNS: u32 = 2;
alias Weight = f32;
alias Input = f32;
alias Output = f32;

struct Shape {
  rows: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
  columns4: u32,
  out_columns4: u32,
  first4: u32,
  out_first4: u32,
  kernel_y: u32,
  kernel_x: u32,
  stride_y: u32,
  stride_x: u32,
  dilation_y: u32,
  dilation_x: u32,
  pad_top: i32,
  pad_left: i32,
  has_bias: u32,
  has_residual: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// Four output pixels: the image's pixel under the first tap of each, and the image's first line in its batch.
struct Window { y: vec4<i32>, x: vec4<i32>, plane: vec4<i32> }

struct Taps { start: vec4<u32>, inside: vec4<f32> }

// include activate.wgsl
// include stored.wgsl

fn accumulate(sum: vec4<f32>, x: vec4<f32>, w0: vec4<f32>, w1: vec4<f32>, w2: vec4<f32>, w3: vec4<f32>) -> vec4<f32> {
  return fma(vec4<f32>(x.w), w3, fma(vec4<f32>(x.z), w2, fma(vec4<f32>(x.y), w1, fma(vec4<f32>(x.x), w0, sum))));
}

fn window(pixels: vec4<u32>) -> Window {
  let line = pixels / shape.out_width;
  let batch = line / shape.out_height;
  let y = vec4<i32>((line - batch * shape.out_height) * shape.stride_y) - shape.pad_top;
  let x = vec4<i32>((pixels - line * shape.out_width) * shape.stride_x) - shape.pad_left;
  return Window(y, x, vec4<i32>(batch * shape.height));
}

// Where they read the image for one tap of the kernel.
fn taps(at: Window, ky: i32, kx: i32) -> Taps {
  let y = at.y + ky * i32(shape.dilation_y);
  let x = at.x + kx * i32(shape.dilation_x);
  let inside = (y >= vec4<i32>()) & (y < vec4<i32>(i32(shape.height))) & (x >= vec4<i32>()) & (x < vec4<i32>(i32(shape.width)));
  let pixel = select(vec4<i32>(), (at.plane + y) * i32(shape.width) + x, inside);
  return Taps(vec4<u32>(pixel) * shape.channels4, select(vec4<f32>(), vec4<f32>(1.0), inside));
}

fn store(row: u32, column: u32, sum: vec4<f32>) {
  if (row >= shape.rows || column >= shape.columns4) {
    return;
  }
  let at = row * shape.out_columns4 + shape.out_first4 + column;
  var value = sum;
  if (shape.has_bias == 1u) { value += bias[shape.first4 + column]; }
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
  out[at] = stored(activate(value, shape.low, shape.high));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x * TILE_COLUMNS;
  let row = id.y * TILE_ROWS;
  if (row >= shape.rows || column >= shape.columns4) {
    return;
  }
  let step = min(1u, shape.columns4 - 1u - column);
  let last = vec4<u32>(shape.rows - 1u);
  let low = window(min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), last));
  let high = window(min(vec4<u32>(row + 4u, row + 5u, row + 6u, row + 7u), last));
  var s00 = vec4<f32>(); var s01 = vec4<f32>(); var s10 = vec4<f32>(); var s11 = vec4<f32>();
  var s20 = vec4<f32>(); var s21 = vec4<f32>(); var s30 = vec4<f32>(); var s31 = vec4<f32>();
  var s40 = vec4<f32>(); var s41 = vec4<f32>(); var s50 = vec4<f32>(); var s51 = vec4<f32>();
  var s60 = vec4<f32>(); var s61 = vec4<f32>(); var s70 = vec4<f32>(); var s71 = vec4<f32>();
  var weight = column;
  for (var ky = 0; ky < i32(shape.kernel_y); ky++) {
    for (var kx = 0; kx < i32(shape.kernel_x); kx++) {
      let t = taps(low, ky, kx);
      let u = taps(high, ky, kx);
      for (var c = 0u; c < shape.channels4; c++) {
        let p0 = vec4<f32>(weights[weight]); let q0 = vec4<f32>(weights[weight + step]); weight += shape.columns4;
        let p1 = vec4<f32>(weights[weight]); let q1 = vec4<f32>(weights[weight + step]); weight += shape.columns4;
        let p2 = vec4<f32>(weights[weight]); let q2 = vec4<f32>(weights[weight + step]); weight += shape.columns4;
        let p3 = vec4<f32>(weights[weight]); let q3 = vec4<f32>(weights[weight + step]); weight += shape.columns4;
        let v0 = vec4<f32>(image[t.start.x + c]) * t.inside.x; s00 = accumulate(s00, v0, p0, p1, p2, p3); s01 = accumulate(s01, v0, q0, q1, q2, q3);
        let v1 = vec4<f32>(image[t.start.y + c]) * t.inside.y; s10 = accumulate(s10, v1, p0, p1, p2, p3); s11 = accumulate(s11, v1, q0, q1, q2, q3);
        let v2 = vec4<f32>(image[t.start.z + c]) * t.inside.z; s20 = accumulate(s20, v2, p0, p1, p2, p3); s21 = accumulate(s21, v2, q0, q1, q2, q3);
        let v3 = vec4<f32>(image[t.start.w + c]) * t.inside.w; s30 = accumulate(s30, v3, p0, p1, p2, p3); s31 = accumulate(s31, v3, q0, q1, q2, q3);
        let v4 = vec4<f32>(image[u.start.x + c]) * u.inside.x; s40 = accumulate(s40, v4, p0, p1, p2, p3); s41 = accumulate(s41, v4, q0, q1, q2, q3);
        let v5 = vec4<f32>(image[u.start.y + c]) * u.inside.y; s50 = accumulate(s50, v5, p0, p1, p2, p3); s51 = accumulate(s51, v5, q0, q1, q2, q3);
        let v6 = vec4<f32>(image[u.start.z + c]) * u.inside.z; s60 = accumulate(s60, v6, p0, p1, p2, p3); s61 = accumulate(s61, v6, q0, q1, q2, q3);
        let v7 = vec4<f32>(image[u.start.w + c]) * u.inside.w; s70 = accumulate(s70, v7, p0, p1, p2, p3); s71 = accumulate(s71, v7, q0, q1, q2, q3);
      }
    }
  }
  store(row, column, s00); store(row + 1u, column, s10); store(row + 2u, column, s20); store(row + 3u, column, s30);
  store(row + 4u, column, s40); store(row + 5u, column, s50); store(row + 6u, column, s60); store(row + 7u, column, s70);
  if (step == 1u) {
    store(row, column + 1u, s01); store(row + 1u, column + 1u, s11); store(row + 2u, column + 1u, s21); store(row + 3u, column + 1u, s31);
    store(row + 4u, column + 1u, s41); store(row + 5u, column + 1u, s51); store(row + 6u, column + 1u, s61); store(row + 7u, column + 1u, s71);
  }
}
