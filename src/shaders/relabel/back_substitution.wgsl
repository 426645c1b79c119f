// Solves L^T x = u, where u is the row `unknowns` of L: the forward-solved right-hand side that the factorisation left there.
//
// matrix    padded x padded, a factored lower triangle
// x         unknowns
// Mapping   one workgroup; column by column, from the last, all threads subtract the solved unknown from the rest.
// Used by   the closed-form students.
// Bound by  barriers.

const WORKGROUP_X: u32 = 64;

struct Shape {
  unknowns: u32,
  padded: u32,
}

@group(0) @binding(0) var<storage, read> matrix: array<f32>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  for (var i = local.x; i < shape.unknowns; i += WORKGROUP_X) {
    x[i] = matrix[shape.unknowns * shape.padded + i];
  }
  storageBarrier();
  for (var step = 0u; step < shape.unknowns; step++) {
    let column = shape.unknowns - 1u - step;
    let line = column * shape.padded;
    if (local.x == 0u) {
      x[column] /= matrix[line + column];
    }
    storageBarrier();
    let solved = x[column];
    for (var i = local.x; i < column; i += WORKGROUP_X) {
      x[i] -= matrix[line + i] * solved;
    }
    storageBarrier();
  }
}
