// Hides a random half of the photo's segments, each under its own mean colour (LIME, Ribeiro et al. 2016).
//
// photo     height x width x 4, normalised
// segments  height x width: every pixel's segment
// colours   segments x 4: mean colours, normalised
// out       samples x height x width x 4
// Mapping   a thread owns one pixel (x, y) of one sample (z). A segment is kept with probability 1/2, by a bit that depends on
//           (seed, sample, segment) alone; sample 0 keeps them all.
// Used by   LIME.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  seed: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> segments: array<u32>;
@group(0) @binding(2) var<storage, read> colours: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
const STREAM_SEGMENTS: u32 = 7;

// include pcg4d.wgsl

fn is_kept(sample: u32, segment: u32) -> bool {
  let bits = pcg4d(vec4<u32>(shape.seed, STREAM_SEGMENTS, sample, segment >> 2u));
  return sample == 0u || (bits[segment & 3u] >> 31u) == 1u;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let at = id.y * WIDTH + id.x;
  let segment = segments[at];
  out[id.z * HEIGHT * WIDTH + at] = select(colours[segment], photo[at], is_kept(shape.first_sample + id.z, segment));
}
