// Antialiased bilinear resize along one axis: a triangle filter as wide as the scale when shrinking, normalised at the edges.
//
// image     lines x size x inner, in vec4 pixels, from line first_line on
// out       lines x out_size x inner, from line first_line on
// Mapping   x: inner, y: output along the axis, z: line. Horizontal pass: inner 1, a line an image row. Vertical: inner the row, one line.
// Used by   the VAE's input; photos go through resize_photo, which rounds as Pillow does.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  first_line: u32,
  lines: u32,
  size: u32,
  inner: u32,
  out_size: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.inner || id.y >= shape.out_size || id.z >= shape.lines) {
    return;
  }
  let line = shape.first_line + id.z;
  let scale = f32(shape.size) / f32(shape.out_size);
  let support = max(scale, 1.0);
  let center = (f32(id.y) + 0.5) * scale;
  let first = u32(max(floor(center - support + 0.5), 0.0));
  let end = min(u32(floor(center + support + 0.5)), shape.size);
  var sum = vec4<f32>();
  var total = 0.0;
  for (var tap = first; tap < end; tap++) {
    let weight = max(1.0 - abs(f32(tap) + 0.5 - center) / support, 0.0);
    sum += weight * image[(line * shape.size + tap) * shape.inner + id.x];
    total += weight;
  }
  out[(line * shape.out_size + id.y) * shape.inner + id.x] = sum / total;
}
