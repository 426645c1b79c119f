// Step images of deletion and insertion (Petsiuk et al. 2018): one image, whose most salient pixels come from another.
//
// ranks     maps x height x width: a pixel's place in the order of its map, 0 for the most salient
// photo     height x width x 4, normalised, so that a blank pixel, 0, is the mean grey
// images    others like it, such as the photo blurred; those are read that a job asks for
// jobs      one a step image: map, number of pixels replaced, what those show that stay, what the others: 0 photo, 1 blank, 2 + i image i
// out       samples x height x width x 4; sample z is job first_job + z, the last job being repeated beyond the end
// Mapping   a thread owns one pixel (x, y) of one sample (z).
// Used by   deletion and insertion, starts.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_job: u32,
  jobs: u32,
}

@group(0) @binding(0) var<storage, read> ranks: array<u32>;
@group(0) @binding(1) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> images: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> jobs: array<vec4<u32>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

fn pixel(source: u32, at: u32) -> vec4<f32> {
  if (source == 0u) {
    return photo[at];
  }
  if (source == 1u) {
    return vec4<f32>();
  }
  return images[(source - 2u) * HEIGHT * WIDTH + at];
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let pixels = HEIGHT * WIDTH;
  let at = id.y * WIDTH + id.x;
  let job = jobs[min(shape.first_job + id.z, shape.jobs - 1u)];
  let replaced = ranks[job.x * pixels + at] < job.y;
  out[id.z * pixels + at] = pixel(select(job.z, job.w, replaced), at);
}
