// All epochs of the linear student in its dual form. Weights that start at zero stay in the span of the samples, w = x^T a, and so does
// their momentum; stochastic gradient descent on w is then exactly descent on the coefficients a through the Gram matrix.
//
// gram      samples x stride, of the centred samples
// labels    samples x 4, as softmax.wgsl writes them
// order     epochs x samples: the order in which the samples are seen
// state     coefficients a of the samples, then their momentum
// Mapping   one workgroup. Forward: 4 threads share a sample of the minibatch (at most 64). Update: a thread strides over the samples.
// Used by   the sgd student.
// Bound by  barriers on a GPU, bytes of the Gram matrix elsewhere.

const WORKGROUP_X: u32 = 256;
const MINIBATCH: u32 = 64;

struct Shape {
  samples: u32,
  stride: u32,
  minibatch: u32,
  epochs: u32,
  rate: f32,
  momentum: f32,
  // 0: the paper's loss, eq. 7, with weights soft and hard; 1: cross-entropy, eq. 2.
  loss: u32,
  soft: f32,
  hard: f32,
}

@group(0) @binding(0) var<storage, read> gram: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> state: array<f32>;
@group(0) @binding(4) var<uniform> shape: Shape;

var<workgroup> partial: array<f32, WORKGROUP_X>;

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
  for (var epoch = 0u; epoch < shape.epochs; epoch++) {
    for (var first = 0u; first < shape.samples; first += shape.minibatch) {
      let count = min(shape.minibatch, shape.samples - first);
      let start = epoch * shape.samples + first;
      var sum = 0.0;
      if (member < count) {
        let row = order[start + member] * shape.stride;
        for (var i = lane; i < shape.samples; i += 4u) {
          sum += gram[row + i] * state[i];
        }
      }
      partial[local.x] = sum;
      workgroupBarrier();
      for (var i = local.x; i < shape.samples; i += WORKGROUP_X) {
        state[shape.samples + i] *= shape.momentum;
      }
      storageBarrier();
      workgroupBarrier();
      if (local.x < count) {
        let at = 4u * local.x;
        let score = partial[at] + partial[at + 1u] + partial[at + 2u] + partial[at + 3u];
        let sample = order[start + local.x];
        state[shape.samples + sample] += slope(score, labels[sample]) / f32(count);
      }
      storageBarrier();
      workgroupBarrier();
      for (var i = local.x; i < shape.samples; i += WORKGROUP_X) {
        state[i] -= 2.0 * shape.rate * state[shape.samples + i];
      }
      storageBarrier();
      workgroupBarrier();
    }
  }
}
