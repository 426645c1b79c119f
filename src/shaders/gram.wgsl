// The Gram matrix of the samples: gram = x x^T.
//
// x         rows x inner, inner padded to 4
// gram      rows x stride, stride = rows padded to 4
// Mapping   a thread owns a 4 x 4 block (x: columns, y: rows).
// Used by   the dual students.
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

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.stride4 || id.y >= shape.stride4) {
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
  let row = 4u * id.y;
  gram[row * shape.stride4 + id.x] = s0;
  if (row + 1u < shape.rows) { gram[(row + 1u) * shape.stride4 + id.x] = s1; }
  if (row + 2u < shape.rows) { gram[(row + 2u) * shape.stride4 + id.x] = s2; }
  if (row + 3u < shape.rows) { gram[(row + 3u) * shape.stride4 + id.x] = s3; }
}
