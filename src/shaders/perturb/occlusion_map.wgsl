// Map of sliding-window occlusion: at every pixel the drop of the target's probability, averaged over the windows that hid it.
//
// labels    (1 + windows) x 4, of which the first `drawn` rows are filled: the target's probability comes first; row 0 is of the whole photo
// out       height x width; 0 where no window has hidden the pixel yet
// Mapping   a thread owns a pixel and looks at every window that contains it. Window w was sample 1 + w * inverse modulo the number of
//           windows, inverse being that of occlude.wgsl's step.
// Used by   the occlusion method.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  drawn: u32,
  window_x: u32,
  window_y: u32,
  stride_x: u32,
  stride_y: u32,
  across: u32,
  windows: u32,
  inverse: u32,
}

@group(0) @binding(0) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

// First window of a row of windows that contains a pixel.
fn first_window(at: u32, window: u32, stride: u32) -> u32 {
  return select(0u, (at - window) / stride + 1u, at >= window);
}

// One past the last.
fn end_window(at: u32, stride: u32, count: u32) -> u32 {
  return min(at / stride + 1u, count);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= HEIGHT * WIDTH) {
    return;
  }
  let x = id.x % WIDTH;
  let y = id.x / WIDTH;
  let whole = labels[0].x;
  var sum = 0.0;
  var count = 0.0;
  let end_row = end_window(y, shape.stride_y, shape.windows / shape.across);
  let end_column = end_window(x, shape.stride_x, shape.across);
  for (var row = first_window(y, shape.window_y, shape.stride_y); row < end_row; row++) {
    for (var column = first_window(x, shape.window_x, shape.stride_x); column < end_column; column++) {
      let sample = 1u + ((row * shape.across + column) * shape.inverse) % shape.windows;
      if (sample < shape.drawn) {
        sum += whole - labels[sample].x;
        count += 1.0;
      }
    }
  }
  out[id.x] = sum / max(count, 1.0);
}
