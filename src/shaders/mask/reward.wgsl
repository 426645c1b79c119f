// The reward of extremal perturbations and its gradient with respect to the logits: the target's logit, or that less the largest of the
// others (Fong et al. 2019; "contrastive" in the authors' code).
//
// logits    classes
// gradient  stride values: 1 at the target, -1 at the best other class where that counts, zero elsewhere and in the padding
// record    4: the reward, its least and most so far, and the first; begins anew in the first iteration
// Mapping   one workgroup; its threads stride over the classes and reduce in workgroup memory.
// Used by   extremal perturbations.
// Bound by  launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  classes: u32,
  stride: u32,
  target_class: u32,
  contrastive: u32,
  first_iteration: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> record: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> values: array<f32, WORKGROUP_X>;
var<workgroup> indices: array<u32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  var best = -3.4e38;
  var best_at = 0u;
  for (var index = local.x; index < shape.classes; index += WORKGROUP_X) {
    if (index != shape.target_class && logits[index] > best) {
      best = logits[index];
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
      // Of equal logits the lowest class wins.
      if (other > values[local.x] || (other == values[local.x] && other_at < indices[local.x])) {
        values[local.x] = other;
        indices[local.x] = other_at;
      }
    }
    workgroupBarrier();
  }
  let contrasts = shape.contrastive == 1u;
  for (var index = local.x; index < shape.stride; index += WORKGROUP_X) {
    gradient[index] = select(0.0, 1.0, index == shape.target_class) - select(0.0, 1.0, contrasts && index == indices[0]);
  }
  if (local.x == 0u) {
    let reward = logits[shape.target_class] - select(0.0, values[0], contrasts);
    let seen = select(record[0], vec4<f32>(reward), shape.first_iteration == 1u);
    record[0] = vec4<f32>(reward, min(seen.y, reward), max(seen.z, reward), seen.w);
  }
}
