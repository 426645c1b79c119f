// A linear layer transposed: out[b, k] = sum over n of gradient[b, n] * weights[k, n]. The packed matrix is read row by row, so that the
// largest matrix of a net needs no transposed copy.
//
// gradient  batch x all columns
// weights   inputs x columns, in Weight precision: the columns from vec4 `first4` on
// out       batch x inputs; added to where this is not the first part of the matrix
// Mapping   a workgroup owns 4 vec4s of inputs (y) of one image (z); 16 lanes (x) share the columns and sum in workgroup memory.
// Used by   backward passes of linear layers, for few images.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
alias Weight = f32;

struct Shape {
  inputs4: u32,
  columns4: u32,
  first4: u32,
  gradient_columns4: u32,
  accumulate: u32,
  // 0: the weights as they are; 1: their positive part; -1: their negative part, as positive numbers.
  sign: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> sums: array<vec4<f32>, 64>;

fn weight(at: u32) -> vec4<f32> {
  let value = vec4<f32>(weights[at]);
  return select(max(shape.sign * value, vec4<f32>()), value, shape.sign == 0.0);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let input = group.y * WORKGROUP_Y + local.y;
  var sum = vec4<f32>();
  if (input < shape.inputs4) {
    let start = group.z * shape.gradient_columns4 + shape.first4;
    for (var column = local.x; column < shape.columns4; column += WORKGROUP_X) {
      let g = gradient[start + column];
      let at = input * 4u * shape.columns4 + column;
      sum.x += dot(g, weight(at));
      sum.y += dot(g, weight(at + shape.columns4));
      sum.z += dot(g, weight(at + 2u * shape.columns4));
      sum.w += dot(g, weight(at + 3u * shape.columns4));
    }
  }
  sums[local.y * WORKGROUP_X + local.x] = sum;
  workgroupBarrier();
  if (local.x == 0u && input < shape.inputs4) {
    let at = group.z * shape.inputs4 + input;
    var total = vec4<f32>();
    if (shape.accumulate == 1u) { total = out[at]; }
    for (var lane = 0u; lane < WORKGROUP_X; lane++) {
      total += sums[local.y * WORKGROUP_X + lane];
    }
    out[at] = total;
  }
}
