// The photo with some of it deleted: mask * photo + (1 - mask) * reference, a mask for every colour, and noise on top, different in every
// iteration (Wagner et al. 2019, eq. 1).
//
// photo     height x width x 4, normalised
// mask      height x width x 4, in [0, 1]
// out       height x width x 4, the fourth channel 0; the photo bit for bit where the mask is 1 and there is no noise
// Mapping   a thread owns one pixel (x, y). Its deviates depend on (seed, iteration, pixel) alone: a counter hash (pcg4d, Jarzynski & Olano
//           2020) and Box-Muller.
// Used by   FGVis.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  seed: u32,
  iteration: u32,
  // Standard deviation of the noise; 0 for none.
  noise: f32,
  // What deleted pixels become, normalised.
  reference_r: f32,
  reference_g: f32,
  reference_b: f32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> mask: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
const STREAM: u32 = 9;

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

// Four standard normal deviates.
fn deviates(at: u32) -> vec4<f32> {
  let bits = pcg4d(vec4<u32>(shape.seed, STREAM, shape.iteration, at)) >> vec4<u32>(8u);
  let uniform_01 = vec4<f32>(bits) / 16777216.0;
  // Half a step keeps the logarithm's argument above zero.
  let radius = sqrt(-2.0 * log(uniform_01.xz + 0.5 / 16777216.0));
  return vec4<f32>(radius.x * turn(uniform_01.y), radius.y * turn(uniform_01.w));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT) {
    return;
  }
  let at = id.y * WIDTH + id.x;
  let kept = mask[at].xyz;
  let reference = vec3<f32>(shape.reference_r, shape.reference_g, shape.reference_b);
  var value = kept * photo[at].xyz + (vec3<f32>(1.0) - kept) * reference;
  if (shape.noise > 0.0) { value += shape.noise * deviates(at).xyz; }
  out[at] = vec4<f32>(value, 0.0);
}
