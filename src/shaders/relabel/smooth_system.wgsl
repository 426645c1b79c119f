// Builds the linear system of the smooth student at a noise ratio r:
//
//   [ a S + r I    .   ]     S, b, yy: centred moments of features and probabilities,
//   [ a b^T      a yy  ]     a: the scale that gives the prior a mean diagonal of 1
//
// so that one Cholesky factorisation yields the weights, and with r = 0 one tridiagonal form the evidence of every ratio.
//
// moments   2 x stride x stride, those of the two halves of the samples, of which `halves` says which count (1, 2, or 3 for both); lower 4 x 4
//           blocks filled: features, then the probability, then the one
// ratio     its first value is r
// system    padded x padded; rows and columns past features + 1 are those of the identity
// Mapping   a workgroup owns ROWS rows (y); it first sums the trace, which fewer rows would repeat more often.
// Used by   the smooth student.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
const ROWS: u32 = 8;

struct Shape {
  features: u32,
  stride: u32,
  padded: u32,
  halves: u32,
}

@group(0) @binding(0) var<storage, read> moments: array<f32>;
@group(0) @binding(1) var<storage, read> ratio: array<f32>;
@group(0) @binding(2) var<storage, read_write> system: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> partial: array<f32, WORKGROUP_X>;

// Moment of columns i and j, i >= j.
fn moment(i: u32, j: u32) -> f32 {
  let at = i * shape.stride + j;
  let first = select(0.0, moments[at], (shape.halves & 1u) != 0u);
  return first + select(0.0, moments[shape.stride * shape.stride + at], (shape.halves & 2u) != 0u);
}

// The same of what is left of both without their means.
fn centred(high: u32, low: u32) -> f32 {
  let ones = shape.features + 1u;
  return moment(high, low) - moment(ones, high) * moment(ones, low) / moment(ones, ones);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  var sum = 0.0;
  for (var i = local.x; i < shape.features; i += WORKGROUP_X) {
    sum += centred(i, i);
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] += partial[local.x + half];
    }
    workgroupBarrier();
  }
  let scale = moment(shape.features + 1u, shape.features + 1u) / max(partial[0], 1e-30);
  let last = min((group.y + 1u) * ROWS, shape.padded);
  for (var row = group.y * ROWS; row < last; row++) {
    for (var column = local.x; column < shape.padded; column += WORKGROUP_X) {
      let larger = max(row, column);
      var value = select(0.0, 1.0, row == column);
      if (larger <= shape.features) {
        value = scale * centred(larger, min(row, column)) + select(0.0, ratio[0], row == column && row < shape.features);
      }
      system[row * shape.padded + column] = value;
    }
  }
}
