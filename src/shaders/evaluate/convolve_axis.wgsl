// Convolves an image with a symmetric kernel along one axis; two dispatches blur it. Beyond the image lie zeros, the image mirrored without
// its outermost pixel again, as often as the kernel reaches, or its outermost pixel repeated.
//
// image     lines x size x inner, in vec4 pixels; out the same
// taps      reach + 1 weights: the kernel from its centre outwards
// Mapping   x: inner, y: position along the axis, z: line (as in resize).
// Used by   the blurred photos of deletion and insertion, starts and regions.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  lines: u32,
  size: u32,
  inner: u32,
  reach: u32,
  // 0 zeros, 1 mirrored, 2 repeated.
  border: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> taps: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.inner || id.y >= shape.size || id.z >= shape.lines) {
    return;
  }
  let last = i32(shape.size) - 1;
  // A single pixel is its own mirror image.
  let period = max(1, 2 * last);
  var sum = vec4<f32>();
  for (var tap = -i32(shape.reach); tap <= i32(shape.reach); tap++) {
    let at = i32(id.y) + tap;
    let inside = at >= 0 && at <= last;
    if (inside || shape.border != 0u) {
      let near = select(last - abs(last - abs(at) % period), clamp(at, 0, last), shape.border == 2u);
      sum += taps[abs(tap)] * image[(id.z * shape.size + u32(near)) * shape.inner + id.x];
    }
  }
  out[(id.z * shape.size + id.y) * shape.inner + id.x] = sum;
}
