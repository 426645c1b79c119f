// How far an iteration moves: the rate over the gradient's largest value, and nothing once the teacher's first choice is no longer the
// target; the iteration in which that first shows still counts (Wagner et al. 2019, section 3.2).
//
// gradient  vectors x 4
// label     4: of the iteration's image, as softmax.wgsl writes it
// state     2 x 4: factor of the gradient, iterations done, that number again if the run has stopped, else 0, and the largest gradient so far;
//           the target's probability in the first iteration and in the last one done, 0, 0. Begins anew in iteration 0.
// Mapping   one workgroup; its threads stride over the gradient and reduce in workgroup memory.
// Used by   FGVis.
// Bound by  launches.

const WORKGROUP_X: u32 = 256;

struct Shape {
  vectors: u32,
  iteration: u32,
  // 1 where another first choice ends the run.
  watches: u32,
  rate: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> label: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> partial: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  var most = vec4<f32>();
  for (var at = local.x; at < shape.vectors; at += WORKGROUP_X) {
    most = max(most, abs(gradient[at]));
  }
  partial[local.x] = max(max(most.x, most.y), max(most.z, most.w));
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] = max(partial[local.x], partial[local.x + half]);
    }
    workgroupBarrier();
  }
  if (local.x == 0u) {
    let begins = shape.iteration == 0u;
    let before = select(state[0], vec4<f32>(), begins);
    if (before.z > 0.0) {
      state[0] = vec4<f32>(0.0, before.yzw);
    } else {
      let largest = partial[0];
      let done = f32(shape.iteration + 1u);
      let stops = shape.watches == 1u && label[0].y == 0.0;
      let factor = select(0.0, shape.rate / max(largest, 1e-38), largest > 0.0);
      state[0] = vec4<f32>(factor, done, select(0.0, done, stops), max(before.w, largest));
      state[1] = vec4<f32>(select(state[1].x, label[0].x, begins), label[0].x, 0.0, 0.0);
    }
  }
}
