// Pooling over a window: the maximum, or the mean of the taps inside the image or the padded image.
//
// image     batch x height x width x channels, channels padded to 4
// out       batch x out_height x out_width x out_channels, the kernel's from vec4 out_first4 on
// Mapping   a thread owns 4 channels (x) of one output pixel (y: column, z: line of the batch).
// Used by   max and average pooling; global pooling has its own kernel.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
  out_channels4: u32,
  out_first4: u32,
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

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include stored.wgsl

fn is_odd(value: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(value) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let top = i32((id.z - batch * shape.out_height) * shape.stride_y) - i32(shape.pad_top);
  let left = i32(id.y * shape.stride_x) - i32(shape.pad_left);
  let y0 = u32(max(top, 0));
  let x0 = u32(max(left, 0));
  let y1 = u32(min(top + i32(shape.window_y), i32(shape.height)));
  let x1 = u32(min(left + i32(shape.window_x), i32(shape.width)));
  // A large finite start: an infinity may be replaced by anything.
  var best = vec4<f32>(-3.4e38);
  var sum = vec4<f32>();
  // What is no finite number wins, to be found where it first appears.
  var odd = vec4<f32>();
  for (var y = y0; y < y1; y++) {
    for (var x = x0; x < x1; x++) {
      let value = vec4<f32>(image[((batch * shape.height + y) * shape.width + x) * shape.channels4 + id.x]);
      best = max(best, value);
      odd = select(odd, value, is_odd(value));
      sum += value;
    }
  }
  let tall = min(top + i32(shape.window_y), i32(shape.height + shape.pad_bottom)) - top;
  let wide = min(left + i32(shape.window_x), i32(shape.width + shape.pad_right)) - left;
  let taps = select(u32(tall * wide), (y1 - y0) * (x1 - x0), shape.mode == 1u);
  let at = (id.z * shape.out_width + id.y) * shape.out_channels4 + shape.out_first4 + id.x;
  out[at] = stored(select(sum / f32(taps), select(best, odd, is_odd(odd)), shape.mode == 0u));
}
