// Winograd's F(2x2, 3x3), first step (Lavin & Gray 2016): every 4x4 tile of the image, overlapping by two pixels, becomes B^T d B.
//
// image     batch x height x width x channels, channels padded to 4
// tiles     16 x count x channels: element (i, j) of all transformed tiles lies in plane 4 i + j, a matrix for the product that follows
// Mapping   a thread owns one vec4 of channels (x) of one tile (y); tiles of a batch are numbered row by row, first_tile is tile 0 here.
//           Pixels outside the image are zero.
// Used by   3x3 convolutions of stride 1.
// Bound by  bytes: 16 loads and 16 stores for 32 additions.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
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

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> tiles: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

fn pixel(batch: u32, y: i32, x: i32, channel: u32) -> vec4<f32> {
  let inside = y >= 0 && y < i32(shape.height) && x >= 0 && x < i32(shape.width);
  let at = select(0u, (batch * shape.height + u32(y)) * shape.width + u32(x), inside) * shape.channels4 + channel;
  return select(vec4<f32>(), vec4<f32>(image[at]), inside);
}

// A line of the tile times B from the right.
fn line(batch: u32, y: i32, x: i32, channel: u32) -> mat4x4<f32> {
  let d0 = pixel(batch, y, x, channel);
  let d1 = pixel(batch, y, x + 1, channel);
  let d2 = pixel(batch, y, x + 2, channel);
  let d3 = pixel(batch, y, x + 3, channel);
  return mat4x4<f32>(d0 - d2, d1 + d2, d2 - d1, d1 - d3);
}

fn store(plane: u32, at: u32, values: mat4x4<f32>) {
  let step = shape.count * shape.channels4;
  tiles[plane * step + at] = values[0];
  tiles[(plane + 1u) * step + at] = values[1];
  tiles[(plane + 2u) * step + at] = values[2];
  tiles[(plane + 3u) * step + at] = values[3];
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.count) {
    return;
  }
  let tile = shape.first_tile + id.y;
  let row = tile / shape.tiles_x;
  let batch = row / shape.tiles_y;
  let y = i32((row - batch * shape.tiles_y) * 2u) - shape.pad_top;
  let x = i32((tile - row * shape.tiles_x) * 2u) - shape.pad_left;
  let l0 = line(batch, y, x, id.x);
  let l1 = line(batch, y + 1, x, id.x);
  let l2 = line(batch, y + 2, x, id.x);
  let l3 = line(batch, y + 3, x, id.x);
  let at = id.y * shape.channels4 + id.x;
  store(0u, at, l0 - l2);
  store(4u, at, l1 + l2);
  store(8u, at, l2 - l1);
  store(12u, at, l1 - l3);
}
