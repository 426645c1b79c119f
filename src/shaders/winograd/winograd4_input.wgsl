// Winograd's F(4x4, 3x3), first step (Lavin & Gray 2016): every 6x6 tile of the image, overlapping by two pixels, becomes B^T d B, with the
// points 0, +-r, +-2r and infinity, r = sqrt(1/2): rounding errors in f32 are a quarter of those with the usual 0, +-1, +-2 and infinity, and
// twice those of direct sums.
//
// image     batch x height x width x channels, channels padded to 4
// tiles     36 x count x channels: element (i, j) of all transformed tiles lies in plane 6 i + j, a matrix for the product that follows
// Mapping   a thread owns one vec4 of channels (x) of one tile (y); tiles of a batch are numbered row by row, first_tile is tile 0 here.
//           Pixels outside the image are zero.
// Used by   3x3 convolutions of stride 1.
// Bound by  bytes: 36 loads and 36 stores for 240 additions and multiplications.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
const R = 0.70710678;
alias Input = f32;

struct Shape {
  count: u32,
  first_tile: u32,
  tiles_y: u32,
  tiles_x: u32,
  height: u32,
  width: u32,
  channels4: u32,
  pad_top: i32,
  pad_left: i32,
}

// A line of six vec4s.
struct Line { left: mat3x4<f32>, right: mat3x4<f32> }

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

fn pixel(batch: u32, y: i32, x: i32, channel: u32) -> vec4<f32> {
  let inside = y >= 0 && y < i32(shape.height) && x >= 0 && x < i32(shape.width);
  let at = select(0u, (batch * shape.height + u32(y)) * shape.width + u32(x), inside) * shape.channels4 + channel;
  return select(vec4<f32>(), vec4<f32>(image[at]), inside);
}

// A line of the tile times B from the right.
fn line(batch: u32, y: i32, x: i32, channel: u32) -> Line {
  let d0 = pixel(batch, y, x, channel);
  let d1 = pixel(batch, y, x + 1, channel);
  let d2 = pixel(batch, y, x + 2, channel);
  let d3 = pixel(batch, y, x + 3, channel);
  let d4 = pixel(batch, y, x + 4, channel);
  let d5 = pixel(batch, y, x + 5, channel);
  let even = d4 - 2.0 * d2;
  let odd = R * (d3 - 2.0 * d1);
  let wide_even = d4 - 0.5 * d2;
  let wide_odd = 2.0 * R * (d3 - 0.5 * d1);
  return Line(
    mat3x4<f32>(d0 - 2.5 * d2 + d4, even + odd, even - odd),
    mat3x4<f32>(wide_even + wide_odd, wide_even - wide_odd, d1 - 2.5 * d3 + d5));
}

fn store(plane: u32, at: u32, values: mat3x4<f32>) {
  let step = shape.count * shape.channels4;
  tiles[plane * step + at] = values[0];
  tiles[(plane + 1u) * step + at] = values[1];
  tiles[(plane + 2u) * step + at] = values[2];
}

// B^T from the left, for three columns of the tile.
fn columns(
  plane: u32, at: u32,
  d0: mat3x4<f32>, d1: mat3x4<f32>, d2: mat3x4<f32>, d3: mat3x4<f32>, d4: mat3x4<f32>, d5: mat3x4<f32>,
) {
  let even = d4 - 2.0 * d2;
  let odd = R * (d3 - 2.0 * d1);
  let wide_even = d4 - 0.5 * d2;
  let wide_odd = 2.0 * R * (d3 - 0.5 * d1);
  store(plane, at, d0 - 2.5 * d2 + d4);
  store(plane + 6u, at, even + odd);
  store(plane + 12u, at, even - odd);
  store(plane + 18u, at, wide_even + wide_odd);
  store(plane + 24u, at, wide_even - wide_odd);
  store(plane + 30u, at, d1 - 2.5 * d3 + d5);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.count) {
    return;
  }
  let tile = shape.first_tile + id.y;
  let row = tile / shape.tiles_x;
  let batch = row / shape.tiles_y;
  let y = i32((row - batch * shape.tiles_y) * 4u) - shape.pad_top;
  let x = i32((tile - row * shape.tiles_x) * 4u) - shape.pad_left;
  let l0 = line(batch, y, x, id.x);
  let l1 = line(batch, y + 1, x, id.x);
  let l2 = line(batch, y + 2, x, id.x);
  let l3 = line(batch, y + 3, x, id.x);
  let l4 = line(batch, y + 4, x, id.x);
  let l5 = line(batch, y + 5, x, id.x);
  let at = id.y * shape.channels4 + id.x;
  columns(0u, at, l0.left, l1.left, l2.left, l3.left, l4.left, l5.left);
  columns(3u, at, l0.right, l1.right, l2.right, l3.right, l4.right, l5.right);
}
