// Gaussian blur along one axis, edges clamped, cut off at 3 sigma; two dispatches blur an image.
//
// image     lines x size x inner, in vec4 pixels; out the same
// Mapping   x: inner, y: position along the axis, z: line (as in resize).
// Used by   the blurred fill, and smoothing of saliency maps.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  lines: u32,
  size: u32,
  inner: u32,
  // In pixels along the axis; greater than 0.
  sigma: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.inner || id.y >= shape.size || id.z >= shape.lines) {
    return;
  }
  let reach = i32(ceil(3.0 * shape.sigma));
  var sum = vec4<f32>();
  var total = 0.0;
  for (var tap = -reach; tap <= reach; tap++) {
    let distance = f32(tap) / shape.sigma;
    let weight = exp(-0.5 * distance * distance);
    let at = u32(clamp(i32(id.y) + tap, 0, i32(shape.size) - 1));
    sum += weight * image[(id.z * shape.size + at) * shape.inner + id.x];
    total += weight;
  }
  out[(id.z * shape.size + id.y) * shape.inner + id.x] = sum / total;
}
