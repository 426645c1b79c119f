// Third step of the blocked Cholesky factorisation: subtracts the panel's product from the trailing matrix, A22 -= L21 L21^T.
//
// matrices  batch x size x size in vec4s along a row, size a multiple of 32
// Mapping   a thread owns a 4 x 4 block of the trailing lower triangle (x: columns, y: rows) of one matrix (z).
//           The panel that it reads is never written here.
// Used by   the closed-form students.
// Bound by  arithmetic: nearly all of the factorisation's work.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
const BLOCK: u32 = 32;

struct Shape {
  size: u32,
  // First row of the diagonal block.
  start: u32,
}

@group(0) @binding(0) var<storage, read_write> matrices: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let first = shape.start + BLOCK;
  let row = first + 4u * id.y;
  let column = first + 4u * id.x;
  if (id.x > id.y || row >= shape.size) {
    return;
  }
  let stride = shape.size / 4u;
  let matrix = id.z * shape.size * stride;
  let left = matrix + row * stride + shape.start / 4u;
  let right = matrix + column * stride + shape.start / 4u;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  for (var k = 0u; k < BLOCK / 4u; k++) {
    let c0 = matrices[right + k];
    let c1 = matrices[right + stride + k];
    let c2 = matrices[right + 2u * stride + k];
    let c3 = matrices[right + 3u * stride + k];
    let r0 = matrices[left + k];
    let r1 = matrices[left + stride + k];
    let r2 = matrices[left + 2u * stride + k];
    let r3 = matrices[left + 3u * stride + k];
    s0 += vec4<f32>(dot(r0, c0), dot(r0, c1), dot(r0, c2), dot(r0, c3));
    s1 += vec4<f32>(dot(r1, c0), dot(r1, c1), dot(r1, c2), dot(r1, c3));
    s2 += vec4<f32>(dot(r2, c0), dot(r2, c1), dot(r2, c2), dot(r2, c3));
    s3 += vec4<f32>(dot(r3, c0), dot(r3, c1), dot(r3, c2), dot(r3, c3));
  }
  let at = matrix + row * stride + column / 4u;
  matrices[at] -= s0;
  matrices[at + stride] -= s1;
  matrices[at + 2u * stride] -= s2;
  matrices[at + 3u * stride] -= s3;
}
