// RGBA bytes to floats in [0, 1].
//
// bytes     pixels of 4 bytes
// out       pixels x 4
// Mapping   a thread owns one pixel; `line` of them a row of the grid.
// Used by   preprocessing of photos, t-SNE of pixels.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  pixels: u32,
  line: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x < shape.line && at < shape.pixels) {
    out[at] = unpack4x8unorm(bytes[at]);
  }
}
