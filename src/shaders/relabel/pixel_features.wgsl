// The student's view of decoded samples: the synthetic images at the VAE's size, written into rows of the sample matrix.
//
// decoded   samples x 64 x 64 x 4; base and anchor: 64 x 64 x 4, the photo and its decoded mean
// out       total x (64 x 64 x 4)
// Mapping   a thread owns one pixel (x) of one sample (y). paper: clamp(decoded). residual: clamp(base + decoded - anchor).
// Used by   the students of paper and residual synthesis.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  samples: u32,
  first_row: u32,
  pixels: u32,
  residual: u32,
}

@group(0) @binding(0) var<storage, read> decoded: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> base: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> anchor: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.pixels || id.y >= shape.samples) {
    return;
  }
  var value = decoded[id.y * shape.pixels + id.x];
  if (shape.residual == 1u) {
    value += base[id.x] - anchor[id.x];
  }
  value = clamp(value, vec4<f32>(), vec4<f32>(1.0));
  out[(shape.first_row + id.y) * shape.pixels + id.x] = vec4<f32>(value.xyz, 0.0);
}
