// The first convolution of a net, on 3 channels, with a fused epilogue: out = activation(conv(image) + bias).
//
// image     batch x height x width x 4, the fourth channel ignored
// weights   (kernel_y, kernel_x, 3) x columns, columns padded to 4: a matrix product would spend a quarter of its work on padding
// out       batch x out_height x out_width x out_columns, the kernel's from vec4 out_first4 on
// Mapping   a thread owns 4 neighbouring pixels of a line (y counts groups of 4, z lines of the batch) by 2 vec4 columns (x).
// Used by   convolutions of 3-channel images.
// Bound by  bytes on a GPU: few multiply-adds per weight.

const WORKGROUP_X: u32 = 4;
const WORKGROUP_Y: u32 = 16;
const TILE_PIXELS: u32 = 4;
const TILE_COLUMNS: u32 = 2;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  columns4: u32,
  out_columns4: u32,
  out_first4: u32,
  kernel_y: u32,
  kernel_x: u32,
  stride_y: u32,
  stride_x: u32,
  dilation_y: u32,
  dilation_x: u32,
  pad_top: u32,
  pad_left: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

fn pixel(line: u32, y: i32, x: i32) -> vec4<f32> {
  let inside = y >= 0 && y < i32(shape.height) && x >= 0 && x < i32(shape.width);
  let at = select(0u, line + u32(x), inside);
  return select(vec4<f32>(), vec4<f32>(image[at]), inside);
}

fn accumulate(sum: vec4<f32>, v: vec4<f32>, w0: vec4<f32>, w1: vec4<f32>, w2: vec4<f32>) -> vec4<f32> {
  return fma(vec4<f32>(v.z), w2, fma(vec4<f32>(v.y), w1, fma(vec4<f32>(v.x), w0, sum)));
}

fn store(x: u32, line: u32, column: u32, sum: vec4<f32>) {
  if (x < shape.out_width && column < shape.columns4) {
    let at = (line * shape.out_width + x) * shape.out_columns4 + shape.out_first4 + column;
    out[at] = stored(activate(sum + bias[column], shape.low, shape.high));
  }
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x * TILE_COLUMNS;
  let x = id.y * TILE_PIXELS;
  if (column >= shape.columns4 || x >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let step = min(1u, shape.columns4 - 1u - column);
  let batch = id.z / shape.out_height;
  let top = i32((id.z - batch * shape.out_height) * shape.stride_y) - i32(shape.pad_top);
  let left = i32(x * shape.stride_x) - i32(shape.pad_left);
  let stride = i32(shape.stride_x);
  var s00 = vec4<f32>(); var s01 = vec4<f32>(); var s10 = vec4<f32>(); var s11 = vec4<f32>();
  var s20 = vec4<f32>(); var s21 = vec4<f32>(); var s30 = vec4<f32>(); var s31 = vec4<f32>();
  var weight = column;
  for (var ky = 0; ky < i32(shape.kernel_y); ky++) {
    let y = top + ky * i32(shape.dilation_y);
    let line = (batch * shape.height + u32(max(y, 0))) * shape.width;
    for (var kx = 0; kx < i32(shape.kernel_x); kx++) {
      let p0 = weights[weight]; let q0 = weights[weight + step];
      weight += shape.columns4;
      let p1 = weights[weight]; let q1 = weights[weight + step];
      weight += shape.columns4;
      let p2 = weights[weight]; let q2 = weights[weight + step];
      weight += shape.columns4;
      let at = left + kx * i32(shape.dilation_x);
      let v0 = pixel(line, y, at); s00 = accumulate(s00, v0, p0, p1, p2); s01 = accumulate(s01, v0, q0, q1, q2);
      let v1 = pixel(line, y, at + stride); s10 = accumulate(s10, v1, p0, p1, p2); s11 = accumulate(s11, v1, q0, q1, q2);
      let v2 = pixel(line, y, at + 2 * stride); s20 = accumulate(s20, v2, p0, p1, p2); s21 = accumulate(s21, v2, q0, q1, q2);
      let v3 = pixel(line, y, at + 3 * stride); s30 = accumulate(s30, v3, p0, p1, p2); s31 = accumulate(s31, v3, q0, q1, q2);
    }
  }
  store(x, id.z, column, s00); store(x + 1u, id.z, column, s10); store(x + 2u, id.z, column, s20); store(x + 3u, id.z, column, s30);
  if (step == 1u) {
    store(x, id.z, column + 1u, s01); store(x + 1u, id.z, column + 1u, s11);
    store(x + 2u, id.z, column + 1u, s21); store(x + 3u, id.z, column + 1u, s31);
  }
}
