// Begins to fill in pixels that are removed from a photo (noisy linear imputation, Rong et al. 2022, section 4.2): each shall be the mean of
// its neighbours, direct ones of weight 1/6 and diagonal ones of 1/12; those beyond the photo do not count. The system
// sum_n w_n (x - x_n) = 0 is solved by conjugate gradients from x = 0.
//
// ranks      maps x height x width: a pixel's place in the order of its map, 0 for the most salient
// jobs       one an image: map, first rank that is removed, one past the last; image z is job first_job + z, the last being repeated
// photo      height x width x 4
// x          images x height x width x 4: the photo, 0 where it is removed
// residual   of the system at removed pixels, 0 at others; images x height x width x 4
// direction  the same, the first one to go
// Mapping    a thread owns one pixel (x, y) of one image (z).
// Used by    ROAD.
// Bound by   bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  images: u32,
  first_job: u32,
  jobs: u32,
}

@group(0) @binding(0) var<storage, read> ranks: array<u32>;
@group(0) @binding(1) var<storage, read> jobs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> residual: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> direction: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

fn removed(job: vec4<u32>, at: u32) -> bool {
  let rank = ranks[job.x * HEIGHT * WIDTH + at];
  return rank >= job.y && rank < job.z;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.images) {
    return;
  }
  let job = jobs[min(shape.first_job + id.z, shape.jobs - 1u)];
  let at = id.y * WIDTH + id.x;
  let out = id.z * HEIGHT * WIDTH + at;
  var value = photo[at];
  var sum = vec4<f32>();
  if (removed(job, at)) {
    value = vec4<f32>();
    for (var down = -1; down <= 1; down++) {
      for (var across = -1; across <= 1; across++) {
        let column = i32(id.x) + across;
        let row = i32(id.y) + down;
        if ((across != 0 || down != 0) && column >= 0 && row >= 0 && column < i32(WIDTH) && row < i32(HEIGHT)) {
          let near = u32(row) * WIDTH + u32(column);
          if (!removed(job, near)) {
            sum += photo[near] / f32(6 * (1 + abs(across * down)));
          }
        }
      }
    }
  }
  x[out] = value;
  residual[out] = sum;
  direction[out] = sum;
}
