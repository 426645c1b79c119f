// Horizontal pass of the antialiased bilinear resize (see resize.wgsl), straight from RGBA bytes, rounded to 8 bits as Pillow does.
//
// bytes     lines x size pixels of 4 bytes: a strip of the photo
// out       total lines x out_count x 4, in [0, 1]; the strip starts at first_line
// Mapping   x: output column, y: line of the strip.
// Used by   preprocessing of photos.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  lines: u32,
  first_line: u32,
  size: u32,
  out_size: u32,
  out_start: u32,
  out_count: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.out_count || id.y >= shape.lines) {
    return;
  }
  let scale = f32(shape.size) / f32(shape.out_size);
  let support = max(scale, 1.0);
  let center = (f32(id.x + shape.out_start) + 0.5) * scale;
  let first = u32(max(floor(center - support + 0.5), 0.0));
  let end = min(u32(floor(center + support + 0.5)), shape.size);
  var sum = vec4<f32>();
  var total = 0.0;
  for (var tap = first; tap < end; tap++) {
    let weight = max(1.0 - abs(f32(tap) + 0.5 - center) / support, 0.0);
    sum += weight * unpack4x8unorm(bytes[id.y * shape.size + tap]);
    total += weight;
  }
  out[(shape.first_line + id.y) * shape.out_count + id.x] = floor(sum / total * 255.0 + 0.5) / 255.0;
}
