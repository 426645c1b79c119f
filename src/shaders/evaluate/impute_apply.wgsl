// The matrix of the imputation's system times a direction: product = sum_n w_n (direction - direction_n) at removed pixels, 0 at others.
//
// ranks, jobs  as in impute_start.wgsl
// direction    images x height x width x 4, 0 at pixels that stay; product the same
// Mapping      a thread owns one pixel (x, y) of one image (z).
// Used by      ROAD.
// Bound by     bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  images: u32,
  first_job: u32,
  jobs: u32,
}

@group(0) @binding(0) var<storage, read> ranks: array<u32>;
@group(0) @binding(1) var<storage, read> jobs: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> direction: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> product: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.images) {
    return;
  }
  let job = jobs[min(shape.first_job + id.z, shape.jobs - 1u)];
  let pixels = HEIGHT * WIDTH;
  let at = id.y * WIDTH + id.x;
  let rank = ranks[job.x * pixels + at];
  var sum = vec4<f32>();
  if (rank >= job.y && rank < job.z) {
    let own = direction[id.z * pixels + at];
    for (var down = -1; down <= 1; down++) {
      for (var across = -1; across <= 1; across++) {
        let column = i32(id.x) + across;
        let row = i32(id.y) + down;
        if ((across != 0 || down != 0) && column >= 0 && row >= 0 && column < i32(WIDTH) && row < i32(HEIGHT)) {
          let near = direction[id.z * pixels + u32(row) * WIDTH + u32(column)];
          sum += (own - near) / f32(6 * (1 + abs(across * down)));
        }
      }
    }
  }
  product[id.z * pixels + at] = sum;
}
