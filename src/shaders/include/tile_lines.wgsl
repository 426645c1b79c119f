// Lines of the image under a tile of 4 or 7 pixels' width, and lines of the tile: values have names, not indices, since an array's would be
// gathered. Needs Shape, image, weights, out, TAPS, STRIDE, TILE_PIXELS, activate.wgsl and stored.wgsl.

// Values of a line of the image under the tile, at most 11.
const VALUES = (TILE_PIXELS - 1u) * STRIDE + TAPS;

struct Line {
  v0: vec4<f32>, v1: vec4<f32>, v2: vec4<f32>, v3: vec4<f32>, v4: vec4<f32>, v5: vec4<f32>, v6: vec4<f32>, v7: vec4<f32>, v8: vec4<f32>,
  v9: vec4<f32>, v10: vec4<f32>,
}
// Of a line of the tile, the sums.
struct Sums { s0: vec4<f32>, s1: vec4<f32>, s2: vec4<f32>, s3: vec4<f32>, s4: vec4<f32>, s5: vec4<f32>, s6: vec4<f32> }
// Which image and channels, and where the tile begins: in the image, and in the output.
struct Tile { number: u32, channel: u32, left: i32, x: u32 }

fn value(line: u32, tile: Tile, at: i32) -> vec4<f32> {
  let x = tile.left + at;
  let inside = x >= 0 && x < i32(shape.width);
  return select(vec4<f32>(), vec4<f32>(image[(line + select(0u, u32(x), inside)) * shape.channels4 + tile.channel]), inside);
}

fn load(tile: Tile, y: i32) -> Line {
  var found: Line;
  // A branch: SwiftShader's compiler takes gigabytes where every value asks it for itself.
  if (y < 0 || y >= i32(shape.height)) { return found; }
  let line = (tile.number * shape.height + u32(y)) * shape.width;
  found.v0 = value(line, tile, 0);
  found.v1 = value(line, tile, 1);
  found.v2 = value(line, tile, 2);
  found.v3 = value(line, tile, 3);
  found.v4 = value(line, tile, 4);
  found.v5 = value(line, tile, 5);
  if (VALUES > 6u) { found.v6 = value(line, tile, 6); }
  if (VALUES > 7u) { found.v7 = value(line, tile, 7); }
  if (VALUES > 8u) { found.v8 = value(line, tile, 8); }
  if (VALUES > 9u) { found.v9 = value(line, tile, 9); }
  if (VALUES > 10u) { found.v10 = value(line, tile, 10); }
  return found;
}

fn put(at: u32, x: u32, sum: vec4<f32>) {
  if (x < shape.out_width) { out[at + x * shape.out_channels4] = stored(activate(sum, shape.low, shape.high)); }
}

fn store(tile: Tile, y: u32, sums: Sums) {
  let at = (tile.number * shape.out_height + y) * shape.out_width * shape.out_channels4 + shape.out_first4 + tile.channel;
  put(at, tile.x, sums.s0);
  put(at, tile.x + 1u, sums.s1);
  put(at, tile.x + 2u, sums.s2);
  put(at, tile.x + 3u, sums.s3);
  if (TILE_PIXELS == 7u) {
    put(at, tile.x + 4u, sums.s4);
    put(at, tile.x + 5u, sums.s5);
    put(at, tile.x + 6u, sums.s6);
  }
}

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
