// Adds the second moments of a chunk of rows: moments += x^T x, of every other block of rows apart.
//
// x         rows x columns, columns padded to 4; the first one is number first_row
// moments   2 x columns x columns: of blocks of 128 rows 0, 2, 4... and 1, 3, 5...; running sums, so that the student's memory does not grow with the samples
// Mapping   a thread owns a 4 x 4 block (x: column block, y: row block) of both; blocks above the diagonal are left alone.
// Used by   the smooth student.
// Bound by  arithmetic.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  rows: u32,
  columns4: u32,
  first_row: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> moments: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x > id.y || id.y >= shape.columns4) {
    return;
  }
  for (var half = 0u; half < 2u; half++) {
    var s0 = vec4<f32>();
    var s1 = vec4<f32>();
    var s2 = vec4<f32>();
    var s3 = vec4<f32>();
    for (var row = 0u; row < shape.rows; row++) {
      // Balanced gates are complete after 64 pairs: within less, cells cannot be told apart.
      if ((((shape.first_row + row) >> 7u) & 1u) != half) {
        continue;
      }
      let left = x[row * shape.columns4 + id.y];
      let right = x[row * shape.columns4 + id.x];
      s0 = fma(vec4<f32>(left.x), right, s0);
      s1 = fma(vec4<f32>(left.y), right, s1);
      s2 = fma(vec4<f32>(left.z), right, s2);
      s3 = fma(vec4<f32>(left.w), right, s3);
    }
    let at = 4u * (half * shape.columns4 * shape.columns4 + id.y * shape.columns4) + id.x;
    moments[at] += s0;
    moments[at + shape.columns4] += s1;
    moments[at + 2u * shape.columns4] += s2;
    moments[at + 3u * shape.columns4] += s3;
  }
}
