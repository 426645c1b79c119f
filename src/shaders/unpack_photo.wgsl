// RGBA bytes to floats in [0, 1].
//
// bytes     pixels of 4 bytes
// out       pixels x 4
// Mapping   a thread owns one pixel.
// Used by   preprocessing of photos.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  pixels: u32,
}

@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.pixels) {
    out[id.x] = unpack4x8unorm(bytes[id.x]);
  }
}
