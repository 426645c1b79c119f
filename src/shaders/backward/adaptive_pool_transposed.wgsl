// Adaptive average pooling transposed: the gradient of its image. A bin's gradient goes to its pixels in equal shares.
//
// gradient  batch x out_height x out_width x channels, channels padded to 4
// out       batch x height x width x channels
// Mapping   a thread owns 4 channels (x) of one pixel of the image (y: column, z: line of the batch) and visits the bins that have it.
// Used by   backward passes of adaptive average pooling, and of global pooling, which has one bin.
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
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// The bins along an axis that have a pixel, the last excluded.
fn bins_with(pixel: u32, size: u32, bins: u32) -> vec2<u32> {
  return vec2<u32>(pixel * bins / size, ((pixel + 1u) * bins + size - 1u) / size);
}

// Pixels of a bin along an axis.
fn extent(bin: u32, size: u32, bins: u32) -> u32 {
  return ((bin + 1u) * size + bins - 1u) / bins - bin * size / bins;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.height;
  let lines = bins_with(id.z - batch * shape.height, shape.height, shape.out_height);
  let columns = bins_with(id.y, shape.width, shape.out_width);
  var sum = vec4<f32>();
  for (var y = lines.x; y < lines.y; y++) {
    let tall = extent(y, shape.height, shape.out_height);
    for (var x = columns.x; x < columns.y; x++) {
      let pixels = tall * extent(x, shape.width, shape.out_width);
      sum += gradient[((batch * shape.out_height + y) * shape.out_width + x) * shape.channels4 + id.x] / f32(pixels);
    }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
