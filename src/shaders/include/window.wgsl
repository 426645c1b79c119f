// Windows of a convolution, for kernels whose bindings have an `image` and a `shape` with its sizes: at most 25 taps, a bit for each.

// An output pixel's window: where its first tap lies in the image, and which taps lie inside.
struct Window { start: i32, inside: u32 }

fn window(row: u32) -> Window {
  let pixel = min(row, shape.rows - 1u);
  let line = pixel / shape.out_width;
  let batch = line / shape.out_height;
  let y = i32((line - batch * shape.out_height) * shape.stride_y) - shape.pad_top;
  let x = i32((pixel - line * shape.out_width) * shape.stride_x) - shape.pad_left;
  var inside = 0u;
  for (var tap = 0u; tap < shape.kernel_y * shape.kernel_x; tap++) {
    let at = vec2<i32>(x + i32(tap % shape.kernel_x), y + i32(tap / shape.kernel_x));
    let is_inside = all(at >= vec2<i32>()) && all(at < vec2<i32>(i32(shape.width), i32(shape.height)));
    inside |= select(0u, 1u << tap, is_inside);
  }
  return Window(((i32(batch * shape.height) + y) * i32(shape.width) + x) * i32(shape.channels4), inside);
}

fn load(at: Window, tap: u32, offset: i32) -> vec4<f32> {
  return select(vec4<f32>(), vec4<f32>(image[u32(at.start + offset)]), ((at.inside >> tap) & 1u) == 1u);
}
