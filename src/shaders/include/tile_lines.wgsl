// Lines of the image under a tile of 4 x 7 pixels, and lines of the tile: values have names, not indices, since an array's would be gathered.
// Needs Shape, image, out, TAPS, STRIDE and activate.wgsl.

// Of a line of the image, what is under the tile: 6 STRIDE + TAPS values.
struct Line {
  v0: vec4<f32>, v1: vec4<f32>, v2: vec4<f32>, v3: vec4<f32>, v4: vec4<f32>, v5: vec4<f32>, v6: vec4<f32>, v7: vec4<f32>, v8: vec4<f32>,
  v9: vec4<f32>, v10: vec4<f32>, v11: vec4<f32>, v12: vec4<f32>, v13: vec4<f32>, v14: vec4<f32>, v15: vec4<f32>, v16: vec4<f32>,
}
// Of a line of the tile, the sums.
struct Sums { s0: vec4<f32>, s1: vec4<f32>, s2: vec4<f32>, s3: vec4<f32>, s4: vec4<f32>, s5: vec4<f32>, s6: vec4<f32> }
// Which image, and where the tile begins: in it, and in the output.
struct Tile { number: u32, channel: u32, left: i32, top: i32, x: u32, y: u32 }

fn value(line: u32, tile: Tile, at: i32) -> vec4<f32> {
  let x = tile.left + at;
  let inside = x >= 0 && x < i32(shape.width);
  return select(vec4<f32>(), image[(line + select(0u, u32(x), inside)) * shape.channels4 + tile.channel], inside);
}

fn load(tile: Tile, y: i32) -> Line {
  var found: Line;
  if (y < 0 || y >= i32(shape.height)) { return found; }
  let line = (tile.number * shape.height + u32(y)) * shape.width;
  found.v0 = value(line, tile, 0);
  found.v1 = value(line, tile, 1);
  found.v2 = value(line, tile, 2);
  found.v3 = value(line, tile, 3);
  found.v4 = value(line, tile, 4);
  found.v5 = value(line, tile, 5);
  found.v6 = value(line, tile, 6);
  found.v7 = value(line, tile, 7);
  found.v8 = value(line, tile, 8);
  if (6u * STRIDE + TAPS > 9u) {
    found.v9 = value(line, tile, 9);
    found.v10 = value(line, tile, 10);
  }
  if (STRIDE == 2u) {
    found.v11 = value(line, tile, 11);
    found.v12 = value(line, tile, 12);
    found.v13 = value(line, tile, 13);
    found.v14 = value(line, tile, 14);
  }
  if (6u * STRIDE + TAPS > 15u) {
    found.v15 = value(line, tile, 15);
    found.v16 = value(line, tile, 16);
  }
  return found;
}

fn put(at: u32, x: u32, sum: vec4<f32>) {
  if (x < shape.out_width) { out[at + x * shape.out_channels4] = activate(sum, shape.low, shape.high); }
}

fn store(tile: Tile, y: u32, sums: Sums) {
  if (y >= shape.out_height) { return; }
  let at = (tile.number * shape.out_height + y) * shape.out_width * shape.out_channels4 + shape.out_first4 + tile.channel;
  put(at, tile.x, sums.s0);
  put(at, tile.x + 1u, sums.s1);
  put(at, tile.x + 2u, sums.s2);
  put(at, tile.x + 3u, sums.s3);
  put(at, tile.x + 4u, sums.s4);
  put(at, tile.x + 5u, sums.s5);
  put(at, tile.x + 6u, sums.s6);
}
