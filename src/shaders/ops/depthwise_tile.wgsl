// Depthwise convolution of 3 x 3 or 5 x 5 taps, in tiles of 4 or 7 pixels' width: out = activation(conv(image) + bias).
//
// image     batch x height x width x channels, padded to 4
// weights   (TAPS, TAPS) x channels
// out       batch x out_height x out_width x out_channels, the kernel's from vec4 out_first4 on
// Mapping   a thread owns 4 channels (x) of a tile (y counts tiles along a line, z lines of tiles over the batch) and goes down it. A line of the
//           image is loaded once and added to all lines of the output that it is part of; they are finished one after the other.
// Used by   depthwise convolutions of stride 1 or 2, not dilated: on software adapters, or where it was measured to be the fastest.
// Bound by  loads.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
// 4 or 7, which is for a stride of 1 only: what a compiler takes grows with the values that a line has.
const TILE_PIXELS: u32 = 7;
alias Input = f32;
alias Output = f32;

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
  // Of a tile.
  tile_lines: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

const TAPS: u32 = 3;
const STRIDE: u32 = 1;
// Lines of the output that are begun before the first is finished.
const AHEAD = (TAPS - 1u) / STRIDE;

// include activate.wgsl
// include stored.wgsl

// include tile_lines.wgsl

// The sums, and what a line of the image adds to them through a line of taps.
fn add(sums: Sums, under: Line, along: Taps) -> Sums {
  if (STRIDE == 2u) {
    return Sums(
      tap(sums.s0, along, under.v0, under.v1, under.v2, under.v3, under.v4),
      tap(sums.s1, along, under.v2, under.v3, under.v4, under.v5, under.v6),
      tap(sums.s2, along, under.v4, under.v5, under.v6, under.v7, under.v8),
      tap(sums.s3, along, under.v6, under.v7, under.v8, under.v9, under.v10),
      vec4<f32>(), vec4<f32>(), vec4<f32>());
  }
  return Sums(
    tap(sums.s0, along, under.v0, under.v1, under.v2, under.v3, under.v4),
    tap(sums.s1, along, under.v1, under.v2, under.v3, under.v4, under.v5),
    tap(sums.s2, along, under.v2, under.v3, under.v4, under.v5, under.v6),
    tap(sums.s3, along, under.v3, under.v4, under.v5, under.v6, under.v7),
    tap(sums.s4, along, under.v4, under.v5, under.v6, under.v7, under.v8),
    tap(sums.s5, along, under.v5, under.v6, under.v7, under.v8, under.v9),
    tap(sums.s6, along, under.v6, under.v7, under.v8, under.v9, under.v10));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let tiles = (shape.out_height + shape.tile_lines - 1u) / shape.tile_lines;
  let number = id.z / tiles;
  let left = id.y * TILE_PIXELS;
  if (id.x >= shape.channels4 || left >= shape.out_width || number >= shape.batch) { return; }
  let top = (id.z - number * tiles) * shape.tile_lines;
  let tile = Tile(number, id.x, i32(left * STRIDE) - i32(shape.pad_left), left);
  let bottom = min(top + shape.tile_lines, shape.out_height);
  let start = bias[id.x];
  let empty = Sums(start, start, start, start, start, start, start);
  let t0 = taps(0u, id.x);
  let t1 = taps(1u, id.x);
  let t2 = taps(2u, id.x);
  var t3: Taps;
  var t4: Taps;
  if (TAPS == 5u) {
    t3 = taps(3u, id.x);
    t4 = taps(4u, id.x);
  }
  // Lines of the output, from the one that is finished next; of so many lines is a window higher than a step down the image.
  var a = empty;
  var b = empty;
  var c = empty;
  var d = empty;
  var y = i32(top * STRIDE) - i32(shape.pad_top);
  for (var step = 0u; step < bottom - top + AHEAD; step++) {
    let seen = load(tile, y);
    var e = add(empty, seen, t0);
    if (STRIDE == 1u && TAPS == 3u) {
      a = add(a, seen, t2);
      b = add(b, seen, t1);
    } else if (STRIDE == 1u) {
      a = add(a, seen, t4);
      b = add(b, seen, t3);
      c = add(c, seen, t2);
      d = add(d, seen, t1);
    } else {
      let next = load(tile, y + 1);
      e = add(e, next, t1);
      if (TAPS == 3u) {
        a = add(a, seen, t2);
      } else {
        a = add(a, seen, t4);
        b = add(add(b, seen, t2), next, t3);
      }
    }
    if (step >= AHEAD) { store(tile, top + step - AHEAD, a); }
    y += i32(STRIDE);
    // A line further.
    if (AHEAD == 1u) {
      a = e;
    } else if (AHEAD == 2u) {
      a = b;
      b = e;
    } else {
      a = b;
      b = c;
      c = d;
      d = e;
    }
  }
}
