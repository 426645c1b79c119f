// The Gram matrix of the samples: gram = x x^T.
//
// x         rows x inner, inner padded to 4
// gram      rows x stride, stride = rows padded to 4 or more; symmetric
// Mapping   a thread owns a 4 x 4 tile (x: columns, y: rows) on or above the diagonal, and writes it below as well.
// Used by   the dual students, t-SNE.
// Bound by  arithmetic: 8 vec4 loads feed 16 dot products.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  rows: u32,
  inner4: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> gram: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// Writes the rows `row` ... `row` + 3 at four columns, as far as there are so many.
fn store(row: u32, column4: u32, tile: mat4x4<f32>) {
  let count = min(shape.rows - min(row, shape.rows), 4u);
  for (var i = 0u; i < count; i++) {
    gram[(row + i) * shape.stride4 + column4] = tile[i];
  }
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.stride4 || id.y > id.x) {
    return;
  }
  let last = vec4<u32>(shape.rows - 1u);
  let left = min(4u * id.y + vec4<u32>(0u, 1u, 2u, 3u), last) * shape.inner4;
  let right = min(4u * id.x + vec4<u32>(0u, 1u, 2u, 3u), last) * shape.inner4;
  var s0 = vec4<f32>();
  var s1 = vec4<f32>();
  var s2 = vec4<f32>();
  var s3 = vec4<f32>();
  for (var k = 0u; k < shape.inner4; k++) {
    let c0 = x[right.x + k];
    let c1 = x[right.y + k];
    let c2 = x[right.z + k];
    let c3 = x[right.w + k];
    let r0 = x[left.x + k];
    let r1 = x[left.y + k];
    let r2 = x[left.z + k];
    let r3 = x[left.w + k];
    s0 += vec4<f32>(dot(r0, c0), dot(r0, c1), dot(r0, c2), dot(r0, c3));
    s1 += vec4<f32>(dot(r1, c0), dot(r1, c1), dot(r1, c2), dot(r1, c3));
    s2 += vec4<f32>(dot(r2, c0), dot(r2, c1), dot(r2, c2), dot(r2, c3));
    s3 += vec4<f32>(dot(r3, c0), dot(r3, c1), dot(r3, c2), dot(r3, c3));
  }
  let tile = mat4x4<f32>(s0, s1, s2, s3);
  store(4u * id.y, id.x, tile);
  if (id.x > id.y) {
    store(4u * id.x, id.y, transpose(tile));
  }
}
