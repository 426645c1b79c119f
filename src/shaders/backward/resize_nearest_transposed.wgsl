// Nearest-neighbour interpolation transposed: every pixel gets the sum of the gradients of the output pixels that read it.
//
// gradient  batch x out_height x out_width x channels, channels padded to 4
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
  out_height: u32,
  out_width: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// The first output pixel that reads a pixel at or behind `at`.
fn first_reader(at: u32, size: u32, out_size: u32) -> u32 {
  return (at * out_size + size - 1u) / size;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.height;
  let line = id.z - batch * shape.height;
  let y1 = first_reader(line + 1u, shape.height, shape.out_height);
  let x0 = first_reader(id.y, shape.width, shape.out_width);
  let x1 = first_reader(id.y + 1u, shape.width, shape.out_width);
  var sum = vec4<f32>();
  for (var y = first_reader(line, shape.height, shape.out_height); y < y1; y++) {
    let start = (batch * shape.out_height + y) * shape.out_width;
    for (var x = x0; x < x1; x++) { sum += gradient[(start + x) * shape.channels4 + id.x]; }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
