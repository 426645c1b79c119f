// Gradient of one class's score with respect to the logits: of its logit, 1 at the class and 0 elsewhere; of its probability p_c,
// p_c * (1 - p_c) at the class and -p_c * p_j elsewhere; times a scale.
//
// probabilities  rows x stride, the softmax of the logits; of use for the second only
// gradient       rows x stride, zero in the padding behind the classes
// Mapping        a thread owns one class (x) of one row (y).
// Used by        the start of backward passes; the class is a uniform, so that one plan serves all.
// Bound by       launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  classes: u32,
  stride: u32,
  target_class: u32,
  of_probability: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> probabilities: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.stride || id.y >= shape.rows) {
    return;
  }
  let start = id.y * shape.stride;
  var value = select(0.0, 1.0, id.x == shape.target_class);
  if (shape.of_probability == 1u) { value = probabilities[start + shape.target_class] * (value - probabilities[start + id.x]); }
  gradient[start + id.x] = select(0.0, shape.scale * value, id.x < shape.classes);
}
