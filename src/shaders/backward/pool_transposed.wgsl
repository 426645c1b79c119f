// Pooling transposed: the gradient of its image. A window's gradient goes to its first maximum in row-major order, or in equal shares to
// the taps of its mean.
//
// image     batch x height x width x channels, channels padded to 4: what was pooled
// gradient  batch x out_height x out_width x channels
// out       batch x height x width x channels
// Mapping   a thread owns 4 channels (x) of one pixel of the image (y: column, z: line of the batch) and visits the windows over it.
// Used by   backward passes of max and average pooling.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
  window_y: u32,
  window_x: u32,
  stride_y: u32,
  stride_x: u32,
  pad_top: u32,
  pad_left: u32,
  pad_bottom: u32,
  pad_right: u32,
  // 0: maximum; 1: mean over the taps inside; 2: mean over the part inside the padded image, padding counted as zeros.
  mode: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// Lines or columns of the image that a window covers, the last excluded.
fn extent(index: u32, window: u32, stride: u32, pad: u32, size: u32) -> vec2<u32> {
  let start = index * stride;
  return vec2<u32>(max(start, pad) - pad, min(start + window - pad, size));
}

// 1 for the channels whose first maximum of the window is this pixel.
fn is_first(lines: vec2<u32>, columns: vec2<u32>, start: u32, pixel: vec3<u32>) -> vec4<f32> {
  let mine = image[(start + pixel.y * shape.width + pixel.x) * shape.channels4 + pixel.z];
  var first = vec4<f32>(1.0);
  for (var y = lines.x; y < lines.y; y++) {
    for (var x = columns.x; x < columns.y; x++) {
      let other = image[(start + y * shape.width + x) * shape.channels4 + pixel.z];
      let earlier = y < pixel.y || (y == pixel.y && x < pixel.x);
      first = select(first, vec4<f32>(), other > mine);
      if (earlier) { first = select(first, vec4<f32>(), other == mine); }
    }
  }
  return first;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.height;
  let line = id.z - batch * shape.height;
  let start = batch * shape.height * shape.width;
  // Windows over a pixel: from the first that ends behind it to the last that starts at or before it.
  let bottom = line + shape.pad_top;
  let right = id.y + shape.pad_left;
  let y0 = (max(bottom + 1u, shape.window_y) - shape.window_y + shape.stride_y - 1u) / shape.stride_y;
  let x0 = (max(right + 1u, shape.window_x) - shape.window_x + shape.stride_x - 1u) / shape.stride_x;
  let y1 = min(bottom / shape.stride_y + 1u, shape.out_height);
  let x1 = min(right / shape.stride_x + 1u, shape.out_width);
  var sum = vec4<f32>();
  for (var y = y0; y < y1; y++) {
    let lines = extent(y, shape.window_y, shape.stride_y, shape.pad_top, shape.height);
    for (var x = x0; x < x1; x++) {
      let columns = extent(x, shape.window_x, shape.stride_x, shape.pad_left, shape.width);
      let g = gradient[((batch * shape.out_height + y) * shape.out_width + x) * shape.channels4 + id.x];
      if (shape.mode == 0u) {
        sum += g * is_first(lines, columns, start, vec3<u32>(id.y, line, id.x));
      } else {
        let inside = (lines.y - lines.x) * (columns.y - columns.x);
        let tall = min(shape.window_y, shape.pad_top + shape.height + shape.pad_bottom - y * shape.stride_y);
        let wide = min(shape.window_x, shape.pad_left + shape.width + shape.pad_right - x * shape.stride_x);
        sum += g / f32(select(tall * wide, inside, shape.mode == 1u));
      }
    }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
