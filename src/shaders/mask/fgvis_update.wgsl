// A step of gradient descent on a mask: mask = clamp(mask - factor * gradient, 0, 1).
//
// gradient  vectors x 4
// state     4 and more: the factor first, as fgvis_step.wgsl writes it
// mask      vectors x 4
// Mapping   a thread owns one vec4.
// Used by   FGVis.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> state: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> mask: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.vectors) {
    return;
  }
  mask[id.x] = clamp(mask[id.x] - state[0].x * gradient[id.x], vec4<f32>(), vec4<f32>(1.0));
}
