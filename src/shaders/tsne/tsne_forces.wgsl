// What pulls and pushes every point of the embedding (van der Maaten & Hinton 2008, eq. 5, its two parts apart): with
// q_ij = 1 / (1 + |y_i - y_j|^2), the pull sum_j p_ij q_ij (y_i - y_j), the push sum_j q_ij^2 (y_i - y_j), and sum_j q_ij, itself included.
//
// affinities  stride x stride, symmetric, stride = points padded to 8; zero in the padding
// positions   stride / 4 x (x of 4 points, y of 4 points); the padding far enough away for q to vanish
// forces      slices x 5 x stride: pull x and y, push x and y, sum; of no use in the padding
// Mapping     a thread owns 8 points (x) and sums over one slice of the others (y), 4 at a time, reading columns: neighbours read neighbours.
// Used by     t-SNE, once an iteration.
// Bound by    arithmetic.

const WORKGROUP_X: u32 = 16;

struct Shape {
  stride4: u32,
  // Others of one slice, over 4.
  slice4: u32,
}

@group(0) @binding(0) var<storage, read> affinities: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> positions: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> forces: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// Of 4 points.
struct Sums {
  pull_x: vec4<f32>,
  pull_y: vec4<f32>,
  push_x: vec4<f32>,
  push_y: vec4<f32>,
  q: vec4<f32>,
}

fn plus(sums: Sums, dx: vec4<f32>, dy: vec4<f32>, p: vec4<f32>) -> Sums {
  let q = 1.0 / (1.0 + dx * dx + dy * dy);
  let pull = p * q;
  let push = q * q;
  return Sums(sums.pull_x + pull * dx, sums.pull_y + pull * dy, sums.push_x + push * dx, sums.push_y + push * dy, sums.q + q);
}

fn keep(at: u32, sums: Sums) {
  forces[at] = sums.pull_x;
  forces[at + shape.stride4] = sums.pull_y;
  forces[at + 2u * shape.stride4] = sums.push_x;
  forces[at + 3u * shape.stride4] = sums.push_y;
  forces[at + 4u * shape.stride4] = sums.q;
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let own = 2u * id.x;
  let first = id.y * shape.slice4;
  if (own >= shape.stride4 || first >= shape.stride4) {
    return;
  }
  let x0 = positions[2u * own];
  let y0 = positions[2u * own + 1u];
  let x1 = positions[2u * own + 2u];
  let y1 = positions[2u * own + 3u];
  var sums0: Sums;
  var sums1: Sums;
  for (var other = first; other < min(first + shape.slice4, shape.stride4); other++) {
    let x = positions[2u * other];
    let y = positions[2u * other + 1u];
    let a = 4u * other * shape.stride4 + own;
    let b = a + shape.stride4;
    let c = b + shape.stride4;
    let d = c + shape.stride4;
    let left0 = plus(plus(sums0, x0 - x.x, y0 - y.x, affinities[a]), x0 - x.y, y0 - y.y, affinities[b]);
    let left1 = plus(plus(sums1, x1 - x.x, y1 - y.x, affinities[a + 1u]), x1 - x.y, y1 - y.y, affinities[b + 1u]);
    sums0 = plus(plus(left0, x0 - x.z, y0 - y.z, affinities[c]), x0 - x.w, y0 - y.w, affinities[d]);
    sums1 = plus(plus(left1, x1 - x.z, y1 - y.z, affinities[c + 1u]), x1 - x.w, y1 - y.w, affinities[d + 1u]);
  }
  let at = 5u * id.y * shape.stride4 + own;
  keep(at, sums0);
  keep(at + 1u, sums1);
}
