// Builds the linear system of the ridge student in its dual form: G + lambda mean(diag G) I, with the centred probabilities as one more row.
//
// gram      samples x stride
// labels    samples x 4, as softmax.wgsl writes them
// system    padded x padded, lower triangle; the corner and the rows past samples are those of the identity, large enough to stay positive
// Mapping   a workgroup owns a row (y) and first sums the diagonal and the probabilities.
// Used by   the ridge student.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  samples: u32,
  stride: u32,
  padded: u32,
  lambda: f32,
}

@group(0) @binding(0) var<storage, read> gram: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> system: array<f32>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> partial: array<vec2<f32>, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  var sum = vec2<f32>();
  for (var i = local.x; i < shape.samples; i += WORKGROUP_X) {
    sum += vec2<f32>(gram[i * shape.stride + i], labels[i].x);
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] += partial[local.x + half];
    }
    workgroupBarrier();
  }
  let mean = partial[0] / f32(shape.samples);
  let ridge = shape.lambda * mean.x;
  let row = group.y;
  for (var column = local.x; column <= row; column += WORKGROUP_X) {
    var value = select(0.0, 1.0, row == column);
    if (row < shape.samples) {
      value = gram[row * shape.stride + column] + select(0.0, ridge, row == column);
    } else if (row == shape.samples) {
      // y^T A^-1 y is at most |y|^2 / ridge and |y|^2 at most the number of samples.
      value = f32(shape.samples) / ridge + 1.0;
      if (column < shape.samples) {
        value = labels[column].x - mean.y;
      }
    }
    system[row * shape.padded + column] = value;
  }
}
