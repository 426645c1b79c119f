// Smallest and largest value that every channel of an image takes when it is stretched to out_height x out_width.
// Between four neighbours a stretched image is bilinear, so that its extremes lie at the first and last pixels of each such patch.
//
// image     height x width x channels, channels padded to 4
// extents   channels4 x 2 x 4: the smallest values of four channels, then their largest
// Mapping   a thread owns 4 channels and visits both ends of every patch in x and y.
// Used by   Score-CAM.
// Bound by  latency.

const WORKGROUP_X: u32 = 64;

struct Shape {
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> extents: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// First pixel whose place in the image is not before the centre of pixel `at` - 1; the one past the last where there is none.
fn patch_start(at: u32, size: u32, out_size: u32) -> u32 {
  if (at == 0u) {
    return 0u;
  }
  return min(((2u * at - 1u) * out_size + size - 1u) / (2u * size), out_size);
}

// Even `end`: the first pixel of a patch; odd: the last.
fn patch_end(end: u32, size: u32, out_size: u32) -> u32 {
  let first = patch_start((end >> 1u) + (end & 1u), size, out_size);
  return min(max(first, end & 1u) - (end & 1u), out_size - 1u);
}

fn source(at: u32, size: u32, out_size: u32) -> f32 {
  return clamp((f32(at) + 0.5) * f32(size) / f32(out_size) - 0.5, 0.0, f32(size - 1u));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4) {
    return;
  }
  var low = vec4<f32>(3.4e38);
  var high = vec4<f32>(-3.4e38);
  for (var row = 0u; row < 2u * shape.height + 2u; row++) {
    let v = source(patch_end(row, shape.height, shape.out_height), shape.height, shape.out_height);
    let above = u32(v) * shape.width;
    let below = min(u32(v) + 1u, shape.height - 1u) * shape.width;
    for (var column = 0u; column < 2u * shape.width + 2u; column++) {
      let u = source(patch_end(column, shape.width, shape.out_width), shape.width, shape.out_width);
      let x0 = u32(u);
      let x1 = min(x0 + 1u, shape.width - 1u);
      let upper = mix(image[(above + x0) * shape.channels4 + id.x], image[(above + x1) * shape.channels4 + id.x], fract(u));
      let lower = mix(image[(below + x0) * shape.channels4 + id.x], image[(below + x1) * shape.channels4 + id.x], fract(u));
      let value = mix(upper, lower, fract(v));
      low = min(low, value);
      high = max(high, value);
    }
  }
  extents[2u * id.x] = low;
  extents[2u * id.x + 1u] = high;
}
