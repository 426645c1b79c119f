// Adds normal noise to the pixels that were filled in, so that nothing can be read from their smoothness (Rong et al. 2022, section 4.2).
//
// ranks, jobs  as in impute_start.wgsl
// x            images x height x width x 4; the fourth channel stays as it is
// Mapping      a thread owns one pixel (x, y) of one image (z). Noise depends on (seed, pixel) alone: every image has the same, which
//              leaves less of it in differences.
// Used by      ROAD.
// Bound by     bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  images: u32,
  first_job: u32,
  jobs: u32,
  seed: u32,
  deviation: f32,
}

@group(0) @binding(0) var<storage, read> ranks: array<u32>;
@group(0) @binding(1) var<storage, read> jobs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
const STREAM_IMPUTED: u32 = 21;
const TURN: f32 = 6.283185307179586;

// include pcg4d.wgsl

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.images) {
    return;
  }
  let job = jobs[min(shape.first_job + id.z, shape.jobs - 1u)];
  let at = id.y * WIDTH + id.x;
  let rank = ranks[job.x * HEIGHT * WIDTH + at];
  if (rank < job.y || rank >= job.z) {
    return;
  }
  let uniforms = vec4<f32>(pcg4d(vec4<u32>(shape.seed, STREAM_IMPUTED, 0u, at)) >> vec4<u32>(8u)) / 16777216.0;
  // Half a step keeps the logarithm's argument above zero.
  let radius = sqrt(-2.0 * log(uniforms.xz + 0.5 / 16777216.0));
  let angle = TURN * uniforms.yw;
  let normal = vec3<f32>(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y));
  x[id.z * HEIGHT * WIDTH + at] += vec4<f32>(shape.deviation * normal, 0.0);
}
