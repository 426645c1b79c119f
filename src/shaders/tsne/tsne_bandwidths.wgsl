// The Gaussian around every point whose entropy is that of `perplexity` equally near neighbours (van der Maaten & Hinton 2008, eq. 1):
// p(j|i) = exp(-beta_i (d_ij - low_i)) / sum_i, by bisection of beta. The nearest distance cancels and keeps the sum above 1.
//
// distances   points x stride, squared and symmetric
// bandwidths  points x 4: beta, low, sum, entropy in nats
// Mapping     a thread owns one point, and reads its column: neighbours read neighbours.
// Used by     t-SNE.
// Bound by    arithmetic: exponentials.

const WORKGROUP_X: u32 = 16;
const STEPS: u32 = 64;
const TOLERANCE: f32 = 1e-5;

struct Shape {
  points: u32,
  stride: u32,
  perplexity: f32,
}

@group(0) @binding(0) var<storage, read> distances: array<f32>;
@group(0) @binding(1) var<storage, read_write> bandwidths: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.points) {
    return;
  }
  var low = 3.4e38;
  var total = 0.0;
  for (var j = 0u; j < shape.points; j++) {
    let distance = distances[j * shape.stride + id.x];
    total += distance;
    low = select(low, min(low, distance), j != id.x);
  }
  let spread = total / f32(shape.points - 1u) - low;
  let wanted = log(shape.perplexity);
  var beta = select(1.0, 1.0 / spread, spread > 0.0);
  var range = vec2<f32>(0.0, -1.0);
  var sum = 0.0;
  var entropy = 0.0;
  for (var step = 0u; step < STEPS; step++) {
    sum = 0.0;
    var weighted = 0.0;
    for (var j = 0u; j < shape.points; j++) {
      let apart = distances[j * shape.stride + id.x] - low;
      let weight = select(exp(-beta * apart), 0.0, j == id.x);
      sum += weight;
      weighted += weight * apart;
    }
    entropy = log(sum) + beta * weighted / sum;
    if (abs(entropy - wanted) < TOLERANCE || step + 1u == STEPS) {
      break;
    }
    // A flatter Gaussian has the larger entropy. No upper end is known until one was too steep.
    if (entropy > wanted) {
      range.x = beta;
      beta = select(0.5 * (beta + range.y), 2.0 * beta, range.y < 0.0);
    } else {
      range.y = beta;
      beta = 0.5 * (beta + range.x);
    }
  }
  bandwidths[id.x] = vec4<f32>(beta, low, sum, entropy);
}
