// Probabilities of every row of logits, that of the target class, and the label (Hua et al., eq. 6). By softmax; by a sigmoid a class; or the
// logits as they are.
//
// logits         rows x classes, padded to a multiple of 4 (padding ignored)
// probabilities  rows x classes, in the same layout
// labels         total x 4: probability of the target, 1 where the label is kept and 0 where it shifted, arg max, 0. It is kept where the
//                arg max is the target; of sigmoids, where the probability is on the same side of 1/2 as the photo's.
// Mapping        a workgroup owns a row (y); its threads stride over the classes and reduce in workgroup memory.
// Used by        classification, and re-labelling of synthetic images.
// Bound by       launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  classes: u32,
  stride: u32,
  target_class: u32,
  // First row of `labels` that is written.
  first_row: u32,
  // Of sigmoids: 1 where the photo's probability of the target is 1/2 or more.
  above: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(2) var<storage, read_write> labels: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// What logits mean: 0 softmax, 1 sigmoid, 2 nothing but themselves.
const OUTPUTS: u32 = 0;

var<workgroup> values: array<f32, WORKGROUP_X>;
var<workgroup> indices: array<u32, WORKGROUP_X>;

fn probability(logit: f32, largest: f32, total: f32) -> f32 {
  if (OUTPUTS == 1u) {
    // By the exponential that cannot overflow.
    let small = exp(-abs(logit));
    return select(small, 1.0, logit >= 0.0) / (1.0 + small);
  }
  if (OUTPUTS == 2u) {
    return logit;
  }
  return exp(logit - largest) / total;
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let start = group.y * shape.stride;
  var best = -3.4e38;
  var best_at = 0u;
  for (var index = local.x; index < shape.classes; index += WORKGROUP_X) {
    let value = logits[start + index];
    if (value > best) {
      best = value;
      best_at = index;
    }
  }
  values[local.x] = best;
  indices[local.x] = best_at;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      let other = values[local.x + half];
      let other_at = indices[local.x + half];
      // Of equal logits the lowest class wins, as in NumPy and PyTorch.
      if (other > values[local.x] || (other == values[local.x] && other_at < indices[local.x])) {
        values[local.x] = other;
        indices[local.x] = other_at;
      }
    }
    workgroupBarrier();
  }
  let largest = values[0];
  let winner = indices[0];
  workgroupBarrier();
  var sum = 0.0;
  for (var index = local.x; index < shape.classes; index += WORKGROUP_X) {
    sum += exp(logits[start + index] - largest);
  }
  values[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      values[local.x] += values[local.x + half];
    }
    workgroupBarrier();
  }
  let total = values[0];
  for (var index = local.x; index < shape.classes; index += WORKGROUP_X) {
    probabilities[start + index] = probability(logits[start + index], largest, total);
  }
  if (local.x == 0u) {
    let found = probability(logits[start + shape.target_class], largest, total);
    let kept = select(winner == shape.target_class, (found >= 0.5) == (shape.above == 1u), OUTPUTS == 1u);
    labels[shape.first_row + group.y] = vec4<f32>(found, select(0.0, 1.0, kept), f32(winner), 0.0);
  }
}
