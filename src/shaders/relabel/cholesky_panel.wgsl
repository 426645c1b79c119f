// Second step of the blocked Cholesky factorisation: solves the rows below a factored diagonal block against it, in place.
//
// matrices  batch x size x size, size a multiple of 32
// Mapping   a thread owns one row below the block (x) of one matrix (z); the block is shared through workgroup memory.
// Used by   the closed-form students.
// Bound by  launches.

const BLOCK: u32 = 32;
const WORKGROUP_X: u32 = 32;

struct Shape {
  size: u32,
  // First row of the diagonal block.
  start: u32,
}

@group(0) @binding(0) var<storage, read_write> matrices: array<f32>;
@group(0) @binding(1) var<uniform> shape: Shape;

var<workgroup> tile: array<f32, BLOCK * BLOCK>;
// One row a thread, stored column by column so that neighbouring threads touch neighbouring words.
var<workgroup> rows: array<f32, BLOCK * WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let matrix = id.z * shape.size * shape.size;
  for (var i = local.x; i < BLOCK * BLOCK; i += WORKGROUP_X) {
    tile[i] = matrices[matrix + (shape.start + i / BLOCK) * shape.size + shape.start + (i & (BLOCK - 1u))];
  }
  workgroupBarrier();
  let row = shape.start + BLOCK + id.x;
  if (row >= shape.size) {
    return;
  }
  let base = matrix + row * shape.size + shape.start;
  for (var column = 0u; column < BLOCK; column++) {
    var value = matrices[base + column];
    for (var k = 0u; k < column; k++) {
      value -= rows[k * WORKGROUP_X + local.x] * tile[column * BLOCK + k];
    }
    value /= tile[column * BLOCK + column];
    rows[column * WORKGROUP_X + local.x] = value;
    matrices[base + column] = value;
  }
}
