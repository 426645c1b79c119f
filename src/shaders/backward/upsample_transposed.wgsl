// Bilinear upsampling by a whole factor transposed: every output pixel's gradient goes back to the pixels that it was mixed of.
//
// gradient  batch x (factor * height) x (factor * width) x channels, channels padded to 4
// out       batch x height x width x channels
// Mapping   a thread owns 4 channels (x) of one pixel of the image (y: column, z: line of the batch).
// Used by   backward passes.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  factor: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// How much of pixel `index` is in output pixel `at`, along one axis of `size` pixels.
fn weight(at: u32, index: u32, size: u32) -> f32 {
  let source = clamp((f32(at) + 0.5) / f32(shape.factor) - 0.5, 0.0, f32(size - 1u));
  return max(0.0, 1.0 - abs(source - f32(index)));
}

// Output pixels that may hold some of pixel `index`, the last excluded.
fn reach(index: u32, size: u32) -> vec2<u32> {
  return vec2<u32>(max(index, 1u) - 1u, min(index + 2u, size)) * shape.factor;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.height;
  let line = id.z - batch * shape.height;
  let lines = reach(line, shape.height);
  let columns = reach(id.y, shape.width);
  let out_width = shape.width * shape.factor;
  var sum = vec4<f32>();
  for (var y = lines.x; y < lines.y; y++) {
    let down = weight(y, line, shape.height);
    let start = (batch * shape.height * shape.factor + y) * out_width;
    for (var x = columns.x; x < columns.y; x++) {
      sum += down * weight(x, id.y, shape.width) * gradient[(start + x) * shape.channels4 + id.x];
    }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
