// Images normalised for the teacher to RGBA bytes as people see them, written into rows of a table.
//
// images    samples x pixels x 4, (value - mean) / deviation, in the order of the net's colours
// out       total x pixels of 4 bytes, opaque
// Mapping   a thread owns one pixel (x) of one sample (y).
// Used by   pictures of synthetic images.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  samples: u32,
  first_row: u32,
  pixels: u32,
  mean_r: f32,
  mean_g: f32,
  mean_b: f32,
  deviation_r: f32,
  deviation_g: f32,
  deviation_b: f32,
}

@group(0) @binding(0) var<storage, read> images: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> shape: Shape;

// The order of the net's colours: 0 red first, 1 blue first, 2 grey.
const ORDER: u32 = 0;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.pixels || id.y >= shape.samples) {
    return;
  }
  let mean = vec3<f32>(shape.mean_r, shape.mean_g, shape.mean_b);
  let deviation = vec3<f32>(shape.deviation_r, shape.deviation_g, shape.deviation_b);
  let seen = images[id.y * shape.pixels + id.x].xyz;
  let colour = select(select(seen, seen.zyx, ORDER == 1u), seen.xxx, ORDER == 2u);
  let value = colour * deviation + mean;
  out[(shape.first_row + id.y) * shape.pixels + id.x] = pack4x8unorm(vec4<f32>(value, 1.0));
}
