// Adds what the correlation student needs of a chunk of samples: of every cell the sums of its gates f, of p f and of p, of every other block apart.
//
// features  rows x cells, in vec4s along a row; the first one is number first_row
// labels    total x 4: the target's probability p comes first
// sums      2 x 3 x cells: of blocks of 128 samples 0, 2, 4... and 1, 3, 5...; running sums, so that the student's memory does not grow with the samples
// Mapping   a thread owns 4 cells (x) of one half (y).
// Used by   the correlation student.
// Bound by  bytes; small beside the teacher.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  cells4: u32,
  first_row: u32,
}

@group(0) @binding(0) var<storage, read> features: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.cells4 || id.y >= 2u) {
    return;
  }
  var gates = vec4<f32>();
  var products = vec4<f32>();
  var probabilities = 0.0;
  for (var row = 0u; row < shape.rows; row++) {
    let sample = shape.first_row + row;
    // Balanced gates are complete after 64 pairs: within less, cells cannot be told apart.
    if (((sample >> 7u) & 1u) != id.y) {
      continue;
    }
    let gate = features[row * shape.cells4 + id.x];
    let p = labels[sample].x;
    gates += gate;
    products = fma(vec4<f32>(p), gate, products);
    probabilities += p;
  }
  let at = 3u * id.y * shape.cells4 + id.x;
  sums[at] += gates;
  sums[at + shape.cells4] += products;
  sums[at + 2u * shape.cells4] += vec4<f32>(probabilities);
}
