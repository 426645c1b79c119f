// One epoch of the linear student by stochastic gradient descent with momentum, forward, gradient and update fused
// (Hua et al., eqs. 1, 2 and 7). A two-logit softmax that starts at zero is a sigmoid of u = x w with twice the step.
//
// x         samples x columns, centred, in vec4s along a row
// labels    samples x 4, as softmax.wgsl writes them
// order     epochs x samples: the order in which the samples are seen
// state     columns of w, then columns of momentum
// Mapping   one workgroup. Forward: 4 threads share a sample of the minibatch (at most 64). Update: a thread strides over columns.
// Used by   the sgd student, as the reference for student_dual.
// Bound by  bytes: x is read twice an epoch.

const WORKGROUP_X: u32 = 256;
const MINIBATCH: u32 = 64;

struct Shape {
  samples: u32,
  columns4: u32,
  minibatch: u32,
  epoch: u32,
  rate: f32,
  momentum: f32,
  // 0: the paper's loss, eq. 7, with weights soft and hard; 1: cross-entropy, eq. 2.
  loss: u32,
  soft: f32,
  hard: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

var<workgroup> partial: array<f32, WORKGROUP_X>;
var<workgroup> slopes: array<f32, MINIBATCH>;

// Derivative of the loss of one sample with respect to its score u.
fn slope(score: f32, label: vec4<f32>) -> f32 {
  let student = 1.0 / (1.0 + exp(-score));
  let apart = vec2<f32>(student) - label.xy;
  if (shape.loss == 1u) {
    return apart.x + apart.y;
  }
  // |[1-q, q] - [1-p, p]|_2 = sqrt(2) |q - p|.
  return (shape.soft * sqrt(2.0) * sign(apart.x) + shape.hard * sign(apart.y)) * student * (1.0 - student);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  let member = local.x / 4u;
  let lane = local.x & 3u;
  for (var first = 0u; first < shape.samples; first += shape.minibatch) {
    let count = min(shape.minibatch, shape.samples - first);
    let start = shape.epoch * shape.samples + first;
    var sum = 0.0;
    if (member < count) {
      let row = order[start + member] * shape.columns4;
      for (var column = lane; column < shape.columns4; column += 4u) {
        sum += dot(x[row + column], state[column]);
      }
    }
    partial[local.x] = sum;
    workgroupBarrier();
    if (local.x < count) {
      let at = 4u * local.x;
      let score = partial[at] + partial[at + 1u] + partial[at + 2u] + partial[at + 3u];
      slopes[local.x] = slope(score, labels[order[start + local.x]]) / f32(count);
    }
    workgroupBarrier();
    for (var column = local.x; column < shape.columns4; column += WORKGROUP_X) {
      var gradient = vec4<f32>();
      for (var i = 0u; i < count; i++) {
        gradient = fma(vec4<f32>(slopes[i]), x[order[start + i] * shape.columns4 + column], gradient);
      }
      let velocity = shape.momentum * state[shape.columns4 + column] + gradient;
      state[shape.columns4 + column] = velocity;
      state[column] -= 2.0 * shape.rate * velocity;
    }
    storageBarrier();
    workgroupBarrier();
  }
}
