// Reparameterised sampling (Hua et al., eq. 3): z = center + strength * scale * n, n standard normal.
//
// center, scale  latent values each, padded to 4 (mu and Sigma of the posterior; or zero and one for the prior)
// z              samples x latent
// Mapping        a thread owns 4 latents (x) of one sample (y). Its deviates depend on (seed, sample, latent) alone: a counter hash
//                (pcg4d, Jarzynski & Olano 2020) and Box-Muller, so batches of any size draw the same numbers.
// Used by        every synthesis that decodes a latent.
// Bound by       arithmetic of the logarithm and the sine; negligible beside the decoder.

const WORKGROUP_X: u32 = 64;

struct Shape {
  samples: u32,
  latent4: u32,
  first_sample: u32,
  seed: u32,
  strength: f32,
}

@group(0) @binding(0) var<storage, read> center: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> scale: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> z: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const STREAM: u32 = 1;

// include pcg4d.wgsl

// Cosine and sine of a fraction of a turn. WGSL lets its own be wrong by 2^-11, and adapters would draw different samples.
fn turn(fraction: f32) -> vec2<f32> {
  let quarter = floor(4.0 * fraction + 0.5);
  let x = 1.5707963267948966 * (4.0 * fraction - quarter);
  let square = x * x;
  let sine = x * (1.0 + square * (-1.0 / 6.0 + square * (1.0 / 120.0 + square * (-1.0 / 5040.0 + square / 362880.0))));
  let cosine = 1.0 + square * (-0.5 + square * (1.0 / 24.0 + square * (-1.0 / 720.0 + square / 40320.0)));
  let half = select(vec2<f32>(cosine, sine), vec2<f32>(-sine, cosine), (u32(quarter) & 1u) == 1u);
  return select(half, -half, (u32(quarter) & 2u) == 2u);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.latent4 || id.y >= shape.samples) {
    return;
  }
  let bits = pcg4d(vec4<u32>(shape.seed, STREAM, shape.first_sample + id.y, id.x)) >> vec4<u32>(8u);
  let uniform_01 = vec4<f32>(bits) / 16777216.0;
  // Half a step keeps the logarithm's argument above zero.
  let radius = sqrt(-2.0 * log(uniform_01.xz + 0.5 / 16777216.0));
  let normal = vec4<f32>(radius.x * turn(uniform_01.y), radius.y * turn(uniform_01.w));
  z[id.y * shape.latent4 + id.x] = center[id.x] + shape.strength * scale[id.x] * normal;
}
