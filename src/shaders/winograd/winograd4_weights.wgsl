// Winograd's F(4x4, 3x3), for the weights (Lavin & Gray 2016): the 3x3 taps of every pair of channels become G g G^T, with the points of
// winograd4_input.
//
// weights   (3, 3, channel) x columns, both padded to 4, in Weight precision
// planes    36 x channel x columns, in Weight precision: element (i, j) in plane 6 i + j
// Mapping   a thread owns one vec4 of columns (x) of one channel (y).
// Used by   loading a net whose 3x3 convolutions go by Winograd's algorithm.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
const R = 0.70710678;
alias Weight = f32;

struct Shape {
  channels: u32,
  columns4: u32,
}

// A line of six vec4s.
struct Line { left: mat3x4<f32>, right: mat3x4<f32> }

@group(0) @binding(0) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(1) var<storage, read_write> planes: array<vec4<Weight>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// A line of the taps times G^T from the right.
fn line(ky: u32, at: u32, step: u32) -> Line {
  let g0 = vec4<f32>(weights[3u * ky * step + at]);
  let g1 = vec4<f32>(weights[(3u * ky + 1u) * step + at]);
  let g2 = vec4<f32>(weights[(3u * ky + 2u) * step + at]);
  let even = (g0 + 0.5 * g2) * (-2.0 / 3.0);
  let odd = g1 * (R * -2.0 / 3.0);
  let wide_even = (g0 + 2.0 * g2) * (1.0 / 6.0);
  let wide_odd = g1 * (R / 3.0);
  return Line(mat3x4<f32>(g0, even + odd, even - odd), mat3x4<f32>(wide_even + wide_odd, wide_even - wide_odd, g2));
}

fn store(plane: u32, at: u32, step: u32, values: mat3x4<f32>) {
  planes[plane * step + at] = vec4<Weight>(values[0]);
  planes[(plane + 1u) * step + at] = vec4<Weight>(values[1]);
  planes[(plane + 2u) * step + at] = vec4<Weight>(values[2]);
}

// G from the left, for three columns.
fn columns(plane: u32, at: u32, step: u32, g0: mat3x4<f32>, g1: mat3x4<f32>, g2: mat3x4<f32>) {
  let even = (g0 + 0.5 * g2) * (-2.0 / 3.0);
  let odd = g1 * (R * -2.0 / 3.0);
  let wide_even = (g0 + 2.0 * g2) * (1.0 / 6.0);
  let wide_odd = g1 * (R / 3.0);
  store(plane, at, step, g0);
  store(plane + 6u, at, step, even + odd);
  store(plane + 12u, at, step, even - odd);
  store(plane + 18u, at, step, wide_even + wide_odd);
  store(plane + 24u, at, step, wide_even - wide_odd);
  store(plane + 30u, at, step, g2);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4 || id.y >= shape.channels) {
    return;
  }
  let step = shape.channels * shape.columns4;
  let at = id.y * shape.columns4 + id.x;
  let l0 = line(0u, at, step);
  let l1 = line(1u, at, step);
  let l2 = line(2u, at, step);
  columns(0u, at, step, l0.left, l1.left, l2.left);
  columns(3u, at, step, l0.right, l1.right, l2.right);
}
