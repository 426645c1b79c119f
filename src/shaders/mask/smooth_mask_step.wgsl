// A step of gradient descent with momentum and dampening on the parameters of a smooth mask: velocity = keep * velocity + take * gradient,
// parameter = clamp(parameter - rate * velocity, 0, 1). Inverse of smooth_mask.wgsl, whose names these are.
//
// gradient    full_y x full_x, with respect to the mask
// mask, sums  full_y x full_x, as smooth_mask.wgsl wrote them for these parameters
// weights     STEP * WINDOW a side
// parameters  grid_y x grid_x
// velocity    grid_y x grid_x
// Mapping     a workgroup owns a node (x, y); its threads stride over the columns of the pixels that see it and reduce in workgroup
//             memory.
// Used by     extremal perturbations.
// Bound by    arithmetic of the exponentials.

const WORKGROUP_X: u32 = 64;

struct Shape {
  grid_x: u32,
  full_x: u32,
  full_y: u32,
  first: u32,
  rate: f32,
  keep: f32,
  take: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(6) var<uniform> shape: Shape;

const STEP: u32 = 7;
const WINDOW: u32 = 9;
const TEMPERATURE: f32 = 20.0;

var<workgroup> partial: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let node = group.y * shape.grid_x + group.x;
  let parameter = parameters[node];
  let side = STEP * WINDOW;
  var sum = 0.0;
  for (var across = local.x; across < side; across += WORKGROUP_X) {
    // The pixels at which the node's weight is that of (across, down); what is before the first pixel wraps around.
    let x = STEP * (group.x + shape.first + 1u) + across - side;
    for (var down = 0u; down < side; down++) {
      let y = STEP * (group.y + shape.first + 1u) + down - side;
      if (x < shape.full_x && y < shape.full_y) {
        let at = y * shape.full_x + x;
        let weight = weights[down * side + across];
        let value = weight * parameter;
        let share = exp(TEMPERATURE * (value - 1.0)) / sums[at];
        sum += gradient[at] * weight * share * (1.0 + TEMPERATURE * (value - mask[at]));
      }
    }
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] += partial[local.x + half];
    }
    workgroupBarrier();
  }
  if (local.x == 0u) {
    let next = shape.keep * velocity[node] + shape.take * partial[0];
    velocity[node] = next;
    parameters[node] = clamp(parameter - shape.rate * next, 0.0, 1.0);
  }
}
