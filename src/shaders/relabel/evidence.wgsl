// Chooses the noise ratio of the smooth student by the largest profile evidence,
// -n/2 log(y^T (A + r I)^-1 y) - 1/2 log det(A + r I) up to a constant, from the tridiagonal form of its system.
//
// bands     4 x width: the diagonal, the values above it, the right-hand side c, then the label's own moment
// ratios    candidates
// choice    the winning ratio, its evidence, 0, 0
// Mapping   one workgroup; a thread owns a candidate and factors T + r I = L D L^T.
// Used by   the smooth student.
// Bound by  launches.

const WORKGROUP_X: u32 = 32;

struct Shape {
  candidates: u32,
  features: u32,
  width: u32,
  samples: u32,
}

@group(0) @binding(0) var<storage, read> bands: array<f32>;
@group(0) @binding(1) var<storage, read> ratios: array<f32>;
@group(0) @binding(2) var<storage, read_write> choice: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> evidence: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  if (local.x < shape.candidates) {
    let ratio = ratios[local.x];
    var log_determinant = 0.0;
    var residual = bands[3u * shape.width];
    var pivot = 1.0;
    var solved = 0.0;
    var above = 0.0;
    for (var i = 0u; i < shape.features; i++) {
      let factor = above / pivot;
      // Rounding can push a pivot of a nearly singular matrix below zero.
      pivot = max(bands[i] + ratio - factor * above, 1e-20);
      solved = bands[2u * shape.width + i] - factor * solved;
      log_determinant += log(pivot);
      residual -= solved * solved / pivot;
      above = bands[shape.width + i];
    }
    // The n x n matrix has n - features more eigenvalues, all r; the residual of the system is r times the quadratic form.
    let rest = f32(shape.samples) - f32(shape.features);
    let form = log(max(residual, 1e-20)) - log(ratio);
    evidence[local.x] = -0.5 * f32(shape.samples) * form - 0.5 * log_determinant - 0.5 * rest * log(ratio);
  }
  workgroupBarrier();
  if (local.x == 0u) {
    var best = 0u;
    for (var i = 1u; i < shape.candidates; i++) {
      if (evidence[i] > evidence[best]) {
        best = i;
      }
    }
    choice[0] = ratios[best];
    choice[1] = evidence[best];
    choice[2] = 0.0;
    choice[3] = 0.0;
  }
}
