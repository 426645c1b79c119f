// Depthwise convolution of 3 x 3 or 5 x 5 taps, in tiles of 4 x 7 pixels: out = activation(conv(image) + bias).
//
// image     batch x height x width x channels, padded to 4
// weights   (TAPS, TAPS) x channels
// out       batch x out_height x out_width x out_channels, the kernel's from vec4 out_first4 on
// Mapping   a thread owns 4 channels (x) of a tile (y counts tiles along a line, z lines of tiles over the batch). A line of the image is loaded once
//           and meets all lines of the tile that it belongs to.
// Used by   depthwise convolutions of stride 1 or 2, not dilated: on software adapters, or where it was measured to be the fastest.
// Bound by  loads.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
const TILE_PIXELS: u32 = 7;
const TILE_LINES: u32 = 4;

struct Shape {
  batch: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
  out_channels4: u32,
  out_first4: u32,
  pad_top: u32,
  pad_left: u32,
  // Lines of the image under a tile: 3 STRIDE + TAPS. Not a constant, lest the loop over them is unrolled, which takes long to compile.
  rows: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

const TAPS: u32 = 3;
const STRIDE: u32 = 1;

// include activate.wgsl

// include tile_lines.wgsl

// A line of taps.
struct Taps { w0: vec4<f32>, w1: vec4<f32>, w2: vec4<f32>, w3: vec4<f32>, w4: vec4<f32> }

fn taps(row: u32, channel: u32) -> Taps {
  var found: Taps;
  let at = TAPS * row * shape.channels4 + channel;
  found.w0 = weights[at];
  found.w1 = weights[at + shape.channels4];
  found.w2 = weights[at + 2u * shape.channels4];
  if (TAPS == 5u) {
    found.w3 = weights[at + 3u * shape.channels4];
    found.w4 = weights[at + 4u * shape.channels4];
  }
  return found;
}

fn tap(so_far: vec4<f32>, along: Taps, first: vec4<f32>, second: vec4<f32>, third: vec4<f32>, fourth: vec4<f32>, fifth: vec4<f32>) -> vec4<f32> {
  let three = fma(third, along.w2, fma(second, along.w1, fma(first, along.w0, so_far)));
  if (TAPS == 3u) { return three; }
  return fma(fifth, along.w4, fma(fourth, along.w3, three));
}

// The sums, and what a line of the image adds to them through a line of taps.
fn add(sums: Sums, under: Line, along: Taps) -> Sums {
  if (STRIDE == 1u) {
    return Sums(
      tap(sums.s0, along, under.v0, under.v1, under.v2, under.v3, under.v4),
      tap(sums.s1, along, under.v1, under.v2, under.v3, under.v4, under.v5),
      tap(sums.s2, along, under.v2, under.v3, under.v4, under.v5, under.v6),
      tap(sums.s3, along, under.v3, under.v4, under.v5, under.v6, under.v7),
      tap(sums.s4, along, under.v4, under.v5, under.v6, under.v7, under.v8),
      tap(sums.s5, along, under.v5, under.v6, under.v7, under.v8, under.v9),
      tap(sums.s6, along, under.v6, under.v7, under.v8, under.v9, under.v10));
  }
  return Sums(
    tap(sums.s0, along, under.v0, under.v1, under.v2, under.v3, under.v4),
    tap(sums.s1, along, under.v2, under.v3, under.v4, under.v5, under.v6),
    tap(sums.s2, along, under.v4, under.v5, under.v6, under.v7, under.v8),
    tap(sums.s3, along, under.v6, under.v7, under.v8, under.v9, under.v10),
    tap(sums.s4, along, under.v8, under.v9, under.v10, under.v11, under.v12),
    tap(sums.s5, along, under.v10, under.v11, under.v12, under.v13, under.v14),
    tap(sums.s6, along, under.v12, under.v13, under.v14, under.v15, under.v16));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let tiles = (shape.out_height + TILE_LINES - 1u) / TILE_LINES;
  let number = id.z / tiles;
  let left = id.y * TILE_PIXELS;
  if (id.x >= shape.channels4 || left >= shape.out_width || number >= shape.batch) { return; }
  let top = (id.z - number * tiles) * TILE_LINES;
  let tile = Tile(number, id.x, i32(left * STRIDE) - i32(shape.pad_left), i32(top * STRIDE) - i32(shape.pad_top), left, top);
  let start = bias[id.x];
  var line0 = Sums(start, start, start, start, start, start, start);
  var line1 = line0;
  var line2 = line0;
  var line3 = line0;
  // Lines of taps for the lines of the tile: the next one has those of the last but STRIDE lines of the image.
  var t0: Taps;
  var t1: Taps;
  var t2: Taps;
  var t3: Taps;
  var t4: Taps;
  var t5: Taps;
  var t6: Taps;
  for (var row = 0u; row < shape.rows; row++) {
    t6 = t5;
    t5 = t4;
    t4 = t3;
    t3 = t2;
    t2 = t1;
    t1 = t0;
    if (row < TAPS) { t0 = taps(row, id.x); }
    let seen = load(tile, tile.top + i32(row));
    if (row < TAPS) { line0 = add(line0, seen, t0); }
    if (row >= STRIDE && row < STRIDE + TAPS) {
      if (STRIDE == 1u) { line1 = add(line1, seen, t1); } else { line1 = add(line1, seen, t2); }
    }
    if (row >= 2u * STRIDE && row < 2u * STRIDE + TAPS) {
      if (STRIDE == 1u) { line2 = add(line2, seen, t2); } else { line2 = add(line2, seen, t4); }
    }
    if (row >= 3u * STRIDE) {
      if (STRIDE == 1u) { line3 = add(line3, seen, t3); } else { line3 = add(line3, seen, t6); }
    }
  }
  store(tile, top, line0);
  store(tile, top + 1u, line1);
  store(tile, top + 2u, line2);
  store(tile, top + 3u, line3);
}
