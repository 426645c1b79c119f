// The student's score of every sample: scores = x w (Hua et al., eq. 1).
//
// x         rows x columns, in vec4s along a row
// w         columns
// scores    one a row, from first_row on
// Mapping   a workgroup owns a row (y); its threads stride over the columns and reduce in workgroup memory.
// Used by   the agreement of student and teacher.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  rows: u32,
  columns4: u32,
  first_row: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> w: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> scores: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> partial: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  var sum = 0.0;
  for (var column = local.x; column < shape.columns4; column += WORKGROUP_X) {
    sum += dot(x[group.y * shape.columns4 + column], w[column]);
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] += partial[local.x + half];
    }
    workgroupBarrier();
  }
  if (local.x == 0u) {
    scores[shape.first_row + group.y] = partial[0];
  }
}
