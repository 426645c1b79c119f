// Pixels spread apart with zeros between them: out[stride_y * y, stride_x * x] = image[y, x], plus what is added.
//
// image     batch x height x width x channels, channels padded to 4
// residual  batch x out_height x out_width x channels
// out       batch x out_height x out_width x channels
// Mapping   a thread owns 4 channels (x) of one output pixel (y: column, z: line of the batch).
// Used by   backward passes of strided convolutions: what is left is a convolution of stride 1.
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
  stride_y: u32,
  stride_x: u32,
  has_residual: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let line = id.z - batch * shape.out_height;
  let y = line / shape.stride_y;
  let x = id.y / shape.stride_x;
  let at = (id.z * shape.out_width + id.y) * shape.channels4 + id.x;
  var value = vec4<f32>();
  if (y * shape.stride_y == line && x * shape.stride_x == id.y && y < shape.height && x < shape.width) {
    value = image[((batch * shape.height + y) * shape.width + x) * shape.channels4 + id.x];
  }
  if (shape.has_residual == 1u) { value += residual[at]; }
  out[at] = value;
}
