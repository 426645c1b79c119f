// Squared Euclidean distances of all pairs of rows, from their Gram matrix: |a - b|^2 = a a + b b - 2 a b.
//
// gram      rows x stride, of centred rows: the nearer they lie to zero, the less the difference rounds
// out       rows x stride, zero on the diagonal; what lies behind a row's end is of no use
// Mapping   a thread owns 4 columns (x) of one row (y).
// Used by   t-SNE.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read> gram: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// A row's product with itself.
fn square(row: u32) -> f32 {
  return gram[row * shape.stride4 + row / 4u][row & 3u];
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.stride4 || id.y >= shape.rows) {
    return;
  }
  let columns = 4u * id.x + vec4<u32>(0u, 1u, 2u, 3u);
  let others = min(columns, vec4<u32>(shape.rows - 1u));
  let squares = vec4<f32>(square(others.x), square(others.y), square(others.z), square(others.w));
  let distances = max(square(id.y) + squares - 2.0 * gram[id.y * shape.stride4 + id.x], vec4<f32>());
  out[id.y * shape.stride4 + id.x] = select(distances, vec4<f32>(), columns == vec4<u32>(id.y));
}
