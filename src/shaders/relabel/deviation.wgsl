// Standard deviation of the posterior from its log variance: out = exp(logvar / 2) (Sigma of Hua et al., eq. 3).
//
// logvar, out  values, in vec4s
// Mapping      a thread owns one vec4.
// Used by      the paper's synthesis.
// Bound by     launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
}

@group(0) @binding(0) var<storage, read> logvar: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.vectors) {
    out[id.x] = exp(0.5 * logvar[id.x]);
  }
}
