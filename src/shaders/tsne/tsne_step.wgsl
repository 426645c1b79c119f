// One step down the gradient 4 (exaggeration pull - push / Z), with momentum and a gain for every coordinate, which grows where gradient
// and motion disagree in sign and shrinks where not (van der Maaten & Hinton 2008, section 3.4; Jacobs 1988). Z is the sum of all q_ij.
//
// forces     slices x 5 x stride, as tsne_forces.wgsl writes them
// positions  stride / 4 x (x of 4 points, y of 4 points)
// motion     stride / 4 x (last step in x and y, gain in x and y, of 4 points)
// Mapping    one workgroup, since Z is a sum over all pairs; a thread strides over the points, 4 at a time.
// Used by    t-SNE, once an iteration.
// Bound by   launches.

const WORKGROUP_X: u32 = 64;
const LEAST_GAIN: f32 = 0.01;

struct Shape {
  points: u32,
  stride4: u32,
  slices: u32,
  exaggeration: f32,
  momentum: f32,
  rate: f32,
}

@group(0) @binding(0) var<storage, read> forces: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> positions: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> motion: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, WORKGROUP_X>;

// One of the five sums of 4 points, over all slices.
fn force(kind: u32, point4: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var slice = 0u; slice < shape.slices; slice++) {
    sum += forces[(5u * slice + kind) * shape.stride4 + point4];
  }
  return sum;
}

fn gain(before: vec4<f32>, step: vec4<f32>, gradient: vec4<f32>) -> vec4<f32> {
  return max(select(before * 0.8, before + 0.2, step * gradient < vec4<f32>()), vec4<f32>(LEAST_GAIN));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  var sum = 0.0;
  for (var at = local.x; at < shape.stride4; at += WORKGROUP_X) {
    let points = 4u * at + vec4<u32>(0u, 1u, 2u, 3u);
    // Without the points' q with themselves.
    let q = select(vec4<f32>(), force(4u, at) - 1.0, points < vec4<u32>(shape.points));
    sum += q.x + q.y + q.z + q.w;
  }
  sums[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half /= 2u) {
    if (local.x < half) {
      sums[local.x] += sums[local.x + half];
    }
    workgroupBarrier();
  }
  let total = max(sums[0], 1e-30);
  for (var at = local.x; at < shape.stride4; at += WORKGROUP_X) {
    let x = 4.0 * (shape.exaggeration * force(0u, at) - force(2u, at) / total);
    let y = 4.0 * (shape.exaggeration * force(1u, at) - force(3u, at) / total);
    let gain_x = gain(motion[4u * at + 2u], motion[4u * at], x);
    let gain_y = gain(motion[4u * at + 3u], motion[4u * at + 1u], y);
    let step_x = shape.momentum * motion[4u * at] - shape.rate * gain_x * x;
    let step_y = shape.momentum * motion[4u * at + 1u] - shape.rate * gain_y * y;
    motion[4u * at] = step_x;
    motion[4u * at + 1u] = step_y;
    motion[4u * at + 2u] = gain_x;
    motion[4u * at + 3u] = gain_y;
    positions[2u * at] += step_x;
    positions[2u * at + 1u] += step_y;
  }
}
