// First of three steps of a blocked Cholesky factorisation A = L L^T, in place, lower triangle: factors one diagonal block.
//
// matrices  batch x size x size, size a multiple of 32
// Mapping   a workgroup owns the block of one matrix (z); a thread owns one of its rows.
// Used by   the closed-form students.
// Bound by  launches and barriers.

const BLOCK: u32 = 32;

struct Shape {
  size: u32,
  // First row of the block.
  start: u32,
}

@group(0) @binding(0) var<storage, read_write> matrices: array<f32>;
@group(0) @binding(1) var<uniform> shape: Shape;

var<workgroup> tile: array<f32, BLOCK * BLOCK>;

@compute @workgroup_size(BLOCK)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let row = local.x;
  let base = (group.z * shape.size + shape.start + row) * shape.size + shape.start;
  for (var column = 0u; column <= row; column++) {
    tile[row * BLOCK + column] = matrices[base + column];
  }
  workgroupBarrier();
  for (var step = 0u; step < BLOCK; step++) {
    if (row == step) {
      // Rounding can push a pivot of a nearly singular matrix below zero.
      tile[step * BLOCK + step] = sqrt(max(tile[step * BLOCK + step], 1e-20));
    }
    workgroupBarrier();
    if (row > step) {
      tile[row * BLOCK + step] /= tile[step * BLOCK + step];
    }
    workgroupBarrier();
    if (row > step) {
      let factor = tile[row * BLOCK + step];
      for (var column = step + 1u; column <= row; column++) {
        tile[row * BLOCK + column] -= factor * tile[column * BLOCK + step];
      }
    }
    workgroupBarrier();
  }
  for (var column = 0u; column <= row; column++) {
    matrices[base + column] = tile[row * BLOCK + column];
  }
}
