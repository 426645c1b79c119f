// How near all pairs of points are as a joint probability: p_ij = (p(j|i) + p(i|j)) / (2 points), zero on the diagonal
// (van der Maaten & Hinton 2008, section 3.1). None of two points is below LEAST, as in scikit-learn: what is far smaller makes CPUs slow.
//
// distances   points x stride, squared
// bandwidths  points x 4, as tsne_bandwidths.wgsl writes them
// out         points x stride, zero behind a row's end
// Mapping     a thread owns 4 columns (x) of one row (y).
// Used by     t-SNE.
// Bound by    arithmetic: exponentials.

const WORKGROUP_X: u32 = 64;
const LEAST: f32 = 2.220446e-16;

struct Shape {
  points: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> distances: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> bandwidths: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

fn conditional(distance: f32, bandwidth: vec4<f32>) -> f32 {
  return exp(-bandwidth.x * (distance - bandwidth.y)) / bandwidth.z;
}

fn joint(distance: f32, row: u32, column: u32) -> f32 {
  if (column >= shape.points || column == row) {
    return 0.0;
  }
  let sum = conditional(distance, bandwidths[row]) + conditional(distance, bandwidths[column]);
  return max(sum / (2.0 * f32(shape.points)), LEAST);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.stride4 || id.y >= shape.points) {
    return;
  }
  let at = id.y * shape.stride4 + id.x;
  let distance = distances[at];
  let first = 4u * id.x;
  out[at] = vec4<f32>(
    joint(distance.x, id.y, first),
    joint(distance.y, id.y, first + 1u),
    joint(distance.z, id.y, first + 2u),
    joint(distance.w, id.y, first + 3u),
  );
}
