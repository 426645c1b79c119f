// Winograd's F(2x2, 3x3), for the weights (Lavin & Gray 2016): the 3x3 taps of every pair of channels become G g G^T.
//
// weights   (3, 3, channel) x columns, both padded to 4, in Weight precision
// planes    16 x channel x columns, in Weight precision: element (i, j) in plane 4 i + j
// Mapping   a thread owns one vec4 of columns (x) of one channel (y).
// Used by   loading a net whose 3x3 convolutions go by Winograd's algorithm.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
alias Weight = f32;

struct Shape {
  channels: u32,
  columns4: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(1) var<storage, read_write> planes: array<vec4<Weight>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// A line of the taps times G^T from the right.
fn line(ky: u32, at: u32, step: u32) -> mat4x4<f32> {
  let g0 = vec4<f32>(weights[3u * ky * step + at]);
  let g1 = vec4<f32>(weights[(3u * ky + 1u) * step + at]);
  let g2 = vec4<f32>(weights[(3u * ky + 2u) * step + at]);
  return mat4x4<f32>(g0, 0.5 * (g0 + g1 + g2), 0.5 * (g0 - g1 + g2), g2);
}

fn store(plane: u32, at: u32, step: u32, values: mat4x4<f32>) {
  planes[plane * step + at] = vec4<Weight>(values[0]);
  planes[(plane + 1u) * step + at] = vec4<Weight>(values[1]);
  planes[(plane + 2u) * step + at] = vec4<Weight>(values[2]);
  planes[(plane + 3u) * step + at] = vec4<Weight>(values[3]);
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
  store(0u, at, step, l0);
  store(4u, at, step, 0.5 * (l0 + l1 + l2));
  store(8u, at, step, 0.5 * (l0 - l1 + l2));
  store(12u, at, step, l2);
}
