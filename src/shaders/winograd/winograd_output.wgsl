// Winograd's F(2x2, 3x3), last step (Lavin & Gray 2016): every product tile becomes the 2x2 outputs A^T m A, with a fused epilogue:
// out = activation(A^T m A + bias + residual).
//
// products  16 x count x columns: element (i, j) of all tiles in plane 4 i + j
// bias      columns
// residual, out: batch x out_height x out_width x out_columns, the kernel's from vec4 out_first4 on
// Mapping   a thread owns one vec4 of columns (x) of one tile (y), numbered as in winograd_input. Outputs past the edge are not stored.
// Used by   3x3 convolutions of stride 1.
// Bound by  bytes: 16 loads for 24 additions.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
alias Output = f32;

struct Shape {
  count: u32,
  first_tile: u32,
  tiles_y: u32,
  tiles_x: u32,
  out_height: u32,
  out_width: u32,
  columns4: u32,
  out_columns4: u32,
  out_first4: u32,
  has_residual: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> products: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

// A line of the tile times A from the right.
fn line(i: u32, at: u32) -> mat2x4<f32> {
  let step = shape.count * shape.columns4;
  let m0 = products[4u * i * step + at];
  let m1 = products[(4u * i + 1u) * step + at];
  let m2 = products[(4u * i + 2u) * step + at];
  let m3 = products[(4u * i + 3u) * step + at];
  return mat2x4<f32>(m0 + m1 + m2, m1 - m2 - m3);
}

fn store(batch: u32, y: u32, x: u32, column: u32, sum: vec4<f32>) {
  if (y >= shape.out_height || x >= shape.out_width) {
    return;
  }
  let at = ((batch * shape.out_height + y) * shape.out_width + x) * shape.out_columns4 + shape.out_first4 + column;
  var value = sum + bias[column];
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
  out[at] = stored(activate(value, shape.low, shape.high));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4 || id.y >= shape.count) {
    return;
  }
  let tile = shape.first_tile + id.y;
  let row = tile / shape.tiles_x;
  let batch = row / shape.tiles_y;
  let y = (row - batch * shape.tiles_y) * 2u;
  let x = (tile - row * shape.tiles_x) * 2u;
  let at = id.y * shape.columns4 + id.x;
  let l1 = line(1u, at);
  let l2 = line(2u, at);
  let top = line(0u, at) + l1 + l2;
  let bottom = l1 - l2 - line(3u, at);
  store(batch, y, x, id.x, top[0]);
  store(batch, y, x + 1u, id.x, top[1]);
  store(batch, y + 1u, x, id.x, bottom[0]);
  store(batch, y + 1u, x + 1u, id.x, bottom[1]);
}
