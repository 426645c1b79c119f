// Adds uniform noise to a photo: the neighbours on which max-sensitivity asks for an explanation again (Yeh et al. 2019).
//
// photo     height x width x 4, in [0, 1]; out the same, clamped to [0, 1], fourth channel 0
// Mapping   a thread owns a pixel. Noise depends on (seed, sample, pixel) alone.
// Used by   max-sensitivity.
// Bound by  launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  seed: u32,
  sample: u32,
  // Of the noise, to both sides, in each channel.
  radius_r: f32,
  radius_g: f32,
  radius_b: f32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
// 1 where the net sees the luma alone: a pixel's colours move together, so that it moves as far.
const GREY: u32 = 0;
const STREAM_JITTER: u32 = 22;

// include pcg4d.wgsl

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= HEIGHT * WIDTH) {
    return;
  }
  let bits = pcg4d(vec4<u32>(shape.seed, STREAM_JITTER, shape.sample, id.x)) >> vec4<u32>(8u);
  let colours = 2.0 * vec3<f32>(bits.xyz) / 16777216.0 - 1.0;
  let noise = select(colours, colours.xxx, GREY == 1u);
  let radius = vec3<f32>(shape.radius_r, shape.radius_g, shape.radius_b);
  out[id.x] = vec4<f32>(clamp(photo[id.x].xyz + radius * noise, vec3<f32>(), vec3<f32>(1.0)), 0.0);
}
