// Householder's reduction of a symmetric matrix S to a tridiagonal one, T = Q^T S Q, with c = Q^T b: solving with S + r I then costs O(n).
//
// matrix    rows of `stride4` vec4s, worked on in place: in the first `unknowns` rows S in full (columns past them are ignored), then (b, yy)
// bands     4 x 4 stride4: the diagonal of T; the values above it; c; yy
// Mapping   one workgroup: LANES threads share the columns, 4 each at a time, PHASES the rows. A step applies the last reflection to what is
//           left of S and multiplies the result by the next one, so that S is read and written once a step.
// Used by   the smooth student.
// Bound by  bytes, in one workgroup: n^3 / 3 values read and written.

const LANES: u32 = 64;
const PHASES: u32 = 4;
// The most values in a row.
const SIZE: u32 = 448;

struct Shape {
  unknowns: u32,
  stride4: u32,
}

@group(0) @binding(0) var<storage, read_write> matrix: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> bands: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

// The reflection I - scale u u^T, and v and w of the last one, which takes S to S - v w^T - w v^T.
const V = SIZE;
const W = 2u * SIZE;
var<workgroup> vectors: array<f32, 3 * SIZE>;
var<workgroup> products: array<vec4<f32>, PHASES * SIZE / 4>;
var<workgroup> partial: array<vec2<f32>, LANES * PHASES>;

// The sums of all threads' values.
fn total(thread: u32, value: vec2<f32>) -> vec2<f32> {
  partial[thread] = value;
  workgroupBarrier();
  for (var half = LANES * PHASES / 2u; half > 0u; half = half >> 1u) {
    if (thread < half) {
      partial[thread] += partial[thread + half];
    }
    workgroupBarrier();
  }
  return partial[0];
}

fn quad(first: u32) -> vec4<f32> {
  return vec4<f32>(vectors[first], vectors[first + 1u], vectors[first + 2u], vectors[first + 3u]);
}

fn set_quad(start: u32, values: vec4<f32>) {
  vectors[start] = values.x;
  vectors[start + 1u] = values.y;
  vectors[start + 2u] = values.z;
  vectors[start + 3u] = values.w;
}

// Zeros for the columns from `column` on that lie left of `bound` or outside S.
fn right_of(bound: u32, column: u32, value: vec4<f32>) -> vec4<f32> {
  let index = vec4<u32>(column) + vec4<u32>(0u, 1u, 2u, 3u);
  return select(vec4<f32>(), value, (index >= vec4<u32>(bound)) & (index < vec4<u32>(shape.unknowns)));
}

@compute @workgroup_size(LANES, PHASES)
fn main(@builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let threads = LANES * PHASES;
  let end = shape.unknowns;
  let width = 4u * shape.stride4;
  let rotated = 2u * width;
  for (var q = index; q < shape.stride4; q += threads) {
    let b = right_of(0u, 4u * q, matrix[end * shape.stride4 + q]);
    for (var i = 0u; i < 4u; i++) {
      bands[rotated + 4u * q + i] = b[i];
    }
    set_quad(V + 4u * q, vec4<f32>());
    set_quad(W + 4u * q, vec4<f32>());
  }
  for (var k = 0u; k < end; k++) {
    workgroupBarrier();
    storageBarrier();
    // Row k as it is by now, of which u clears what lies right of its second value.
    var norm = 0.0;
    for (var q = k / 4u + index; q < shape.stride4; q += threads) {
      let row = matrix[k * shape.stride4 + q] - vectors[V + k] * quad(W + 4u * q) - vectors[W + k] * quad(V + 4u * q);
      if (q == k / 4u) {
        bands[k] = row[k & 3u];
      }
      let rest = right_of(k + 1u, 4u * q, row);
      norm += dot(rest, rest);
      set_quad(4u * q, rest);
    }
    let root = sqrt(total(index, vec2<f32>(norm, 0.0)).x);
    let second = select(0.0, vectors[min(k + 1u, SIZE - 1u)], k + 1u < end);
    let above = select(root, -root, second > 0.0);
    let scale = select(0.0, 1.0 / (root * (root + abs(second))), root > 1e-15);
    workgroupBarrier();
    if (index == 0u && k + 1u < end) {
      vectors[k + 1u] = second - above;
      bands[width + k] = above;
    }
    workgroupBarrier();
    let first4 = (k + 1u) / 4u;
    for (var q = first4 + local.x; q < shape.stride4; q += LANES) {
      let v = quad(V + 4u * q);
      let w = quad(W + 4u * q);
      var product = vec4<f32>();
      for (var i = k + 1u + local.y; i < end; i += PHASES) {
        let at = i * shape.stride4 + q;
        let left = matrix[at] - vectors[V + i] * w - vectors[W + i] * v;
        matrix[at] = left;
        product += vectors[i] * left;
      }
      products[local.y * shape.stride4 + q] = product;
    }
    workgroupBarrier();
    var dots = vec2<f32>();
    for (var q = first4 + index; q < shape.stride4; q += threads) {
      var product = products[q];
      for (var phase = 1u; phase < PHASES; phase++) {
        product += products[phase * shape.stride4 + q];
      }
      product = scale * right_of(k + 1u, 4u * q, product);
      products[q] = product;
      let u = quad(4u * q);
      dots.x += dot(product, u);
      for (var i = 0u; i < 4u; i++) {
        dots.y += bands[rotated + 4u * q + i] * u[i];
      }
    }
    dots = scale * total(index, dots);
    for (var q = first4 + index; q < shape.stride4; q += threads) {
      let u = quad(4u * q);
      set_quad(V + 4u * q, u);
      set_quad(W + 4u * q, products[q] - dots.x * 0.5 * u);
      for (var i = 0u; i < 4u; i++) {
        bands[rotated + 4u * q + i] -= dots.y * u[i];
      }
    }
  }
  if (index == 0u) {
    bands[3u * width] = matrix[end * shape.stride4 + end / 4u][end & 3u];
  }
}
