// Chooses the noise ratio of the smooth student by the largest profile evidence,
// -n/2 log(y^T (A + r I)^-1 y) - 1/2 log det(A + r I) up to a constant, read off the factored systems.
//
// systems   candidates x padded x padded, factored: row `features` holds the forward-solved right-hand side and the root of the residual
// ratios    candidates
// choice    index of the winner, its ratio, its evidence, 0
// Mapping   one workgroup; a thread owns a candidate.
// Used by   the smooth student.
// Bound by  launches.

const WORKGROUP_X: u32 = 32;

struct Shape {
  candidates: u32,
  features: u32,
  padded: u32,
  samples: u32,
}

@group(0) @binding(0) var<storage, read> systems: array<f32>;
@group(0) @binding(1) var<storage, read> ratios: array<f32>;
@group(0) @binding(2) var<storage, read_write> choice: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> evidence: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  if (local.x < shape.candidates) {
    let start = local.x * shape.padded * shape.padded;
    var half_log_determinant = 0.0;
    for (var i = 0u; i < shape.features; i++) {
      half_log_determinant += log(systems[start + i * shape.padded + i]);
    }
    // The n x n matrix has n - features more eigenvalues, all r; the residual of the system is r times the quadratic form.
    let ratio = log(ratios[local.x]);
    let rest = f32(shape.samples) - f32(shape.features);
    let residual = 2.0 * log(systems[start + shape.features * shape.padded + shape.features]) - ratio;
    evidence[local.x] = -0.5 * f32(shape.samples) * residual - half_log_determinant - 0.5 * rest * ratio;
  }
  workgroupBarrier();
  if (local.x == 0u) {
    var best = 0u;
    for (var i = 1u; i < shape.candidates; i++) {
      if (evidence[i] > evidence[best]) {
        best = i;
      }
    }
    choice[0] = f32(best);
    choice[1] = ratios[best];
    choice[2] = evidence[best];
    choice[3] = 0.0;
  }
}
