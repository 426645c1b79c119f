// Softmax of every row of logits, the probability of the target class, and the label (Hua et al., eq. 6).
//
// logits         rows x classes, padded to a multiple of 4 (padding ignored)
// probabilities  rows x classes, in the same layout
// labels         total x 4: probability of the target, 1 where the arg max is the target and 0 where it shifted, arg max, 0
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
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(2) var<storage, read_write> labels: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> values: array<f32, WORKGROUP_X>;
var<workgroup> indices: array<u32, WORKGROUP_X>;

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
    probabilities[start + index] = exp(logits[start + index] - largest) / total;
  }
  if (local.x == 0u) {
    let probability = exp(logits[start + shape.target_class] - largest) / total;
    labels[shape.first_row + group.y] = vec4<f32>(probability, select(0.0, 1.0, winner == shape.target_class), f32(winner), 0.0);
  }
}
