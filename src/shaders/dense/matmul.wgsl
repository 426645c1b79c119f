// Matrix product with a fused epilogue: out = activation(a b + bias + residual).
//
// a         rows x inner     row-major, inner padded to 4
// b         inner x columns  row-major, columns padded to 4 (packed once at load), in Weight precision
// bias      of which this product adds the columns from first4 on: a matrix that is too large for one binding comes in several
// residual, out: rows x out_columns, of which this product is those from out_first4 on
// Mapping   a thread owns 8 rows (y) by 2 vec4 columns (x) in named registers; no workgroup memory, so it needs no barrier.
// Used by   linear layers and 1x1 convolutions of stride 1 (rows = pixels of the batch).
// Bound by  arithmetic: 16 vec4 loads feed 64 vec4 multiply-adds.

const WORKGROUP_X: u32 = 4;
const WORKGROUP_Y: u32 = 16;
const TILE_ROWS: u32 = 8;
const TILE_COLUMNS: u32 = 2;
alias Weight = f32;
alias Input = f32;
alias Output = f32;

struct Shape {
  rows: u32,
  inner4: u32,
  columns4: u32,
  out_columns4: u32,
  first4: u32,
  out_first4: u32,
  has_bias: u32,
  has_residual: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

fn accumulate(sum: vec4<f32>, x: vec4<f32>, w0: vec4<f32>, w1: vec4<f32>, w2: vec4<f32>, w3: vec4<f32>) -> vec4<f32> {
  return fma(vec4<f32>(x.w), w3, fma(vec4<f32>(x.z), w2, fma(vec4<f32>(x.y), w1, fma(vec4<f32>(x.x), w0, sum))));
}

fn shift(column: u32) -> vec4<f32> {
  if (shape.has_bias == 0u) {
    return vec4<f32>();
  }
  return bias[shape.first4 + column];
}

fn store(row: u32, column: u32, sum: vec4<f32>) {
  if (row >= shape.rows) {
    return;
  }
  let at = row * shape.out_columns4 + shape.out_first4 + column;
  var value = sum;
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
  // Threads at the edge compute on the last row or column again and do not store it.
  let last = shape.rows - 1u;
  let start_low = min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(last)) * shape.inner4;
  let start_high = min(vec4<u32>(row + 4u, row + 5u, row + 6u, row + 7u), vec4<u32>(last)) * shape.inner4;
  let step = min(1u, shape.columns4 - 1u - column);
  var s00 = vec4<f32>(); var s01 = vec4<f32>(); var s10 = vec4<f32>(); var s11 = vec4<f32>();
  var s20 = vec4<f32>(); var s21 = vec4<f32>(); var s30 = vec4<f32>(); var s31 = vec4<f32>();
  var s40 = vec4<f32>(); var s41 = vec4<f32>(); var s50 = vec4<f32>(); var s51 = vec4<f32>();
  var s60 = vec4<f32>(); var s61 = vec4<f32>(); var s70 = vec4<f32>(); var s71 = vec4<f32>();
  var weight = column;
  for (var k = 0u; k < shape.inner4; k++) {
    let p0 = vec4<f32>(b[weight]); let q0 = vec4<f32>(b[weight + step]); weight += shape.columns4;
    let p1 = vec4<f32>(b[weight]); let q1 = vec4<f32>(b[weight + step]); weight += shape.columns4;
    let p2 = vec4<f32>(b[weight]); let q2 = vec4<f32>(b[weight + step]); weight += shape.columns4;
    let p3 = vec4<f32>(b[weight]); let q3 = vec4<f32>(b[weight + step]); weight += shape.columns4;
    let x0 = vec4<f32>(a[start_low.x + k]); s00 = accumulate(s00, x0, p0, p1, p2, p3); s01 = accumulate(s01, x0, q0, q1, q2, q3);
    let x1 = vec4<f32>(a[start_low.y + k]); s10 = accumulate(s10, x1, p0, p1, p2, p3); s11 = accumulate(s11, x1, q0, q1, q2, q3);
    let x2 = vec4<f32>(a[start_low.z + k]); s20 = accumulate(s20, x2, p0, p1, p2, p3); s21 = accumulate(s21, x2, q0, q1, q2, q3);
    let x3 = vec4<f32>(a[start_low.w + k]); s30 = accumulate(s30, x3, p0, p1, p2, p3); s31 = accumulate(s31, x3, q0, q1, q2, q3);
    let x4 = vec4<f32>(a[start_high.x + k]); s40 = accumulate(s40, x4, p0, p1, p2, p3); s41 = accumulate(s41, x4, q0, q1, q2, q3);
    let x5 = vec4<f32>(a[start_high.y + k]); s50 = accumulate(s50, x5, p0, p1, p2, p3); s51 = accumulate(s51, x5, q0, q1, q2, q3);
    let x6 = vec4<f32>(a[start_high.z + k]); s60 = accumulate(s60, x6, p0, p1, p2, p3); s61 = accumulate(s61, x6, q0, q1, q2, q3);
    let x7 = vec4<f32>(a[start_high.w + k]); s70 = accumulate(s70, x7, p0, p1, p2, p3); s71 = accumulate(s71, x7, q0, q1, q2, q3);
  }
  let p = shift(column);
  store(row, column, s00 + p); store(row + 1u, column, s10 + p); store(row + 2u, column, s20 + p); store(row + 3u, column, s30 + p);
  store(row + 4u, column, s40 + p); store(row + 5u, column, s50 + p); store(row + 6u, column, s60 + p); store(row + 7u, column, s70 + p);
  if (step == 1u) {
    let next = column + 1u;
    let q = shift(next);
    store(row, next, s01 + q); store(row + 1u, next, s11 + q); store(row + 2u, next, s21 + q); store(row + 3u, next, s31 + q);
    store(row + 4u, next, s41 + q); store(row + 5u, next, s51 + q); store(row + 6u, next, s61 + q); store(row + 7u, next, s71 + q);
  }
}
