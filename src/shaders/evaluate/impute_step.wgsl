// A step of conjugate gradients, each channel by itself: with alpha = old / curvature, x += alpha * direction, residual -= alpha * product.
// A channel that is solved already stays as it is.
//
// direction, product, x, residual   images x pixels, in vec4s
// dots      slots x images: the squared residual in slot `old`, direction times product in slot `curvature`
// Mapping   a thread owns one pixel (x) of one image (y).
// Used by   ROAD's imputation.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  images: u32,
  pixels: u32,
  old: u32,
  curvature: u32,
}

@group(0) @binding(0) var<storage, read> direction: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> product: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dots: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> residual: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// Below this a system is solved, far more exactly than f32 can show; going on would divide what has lost its digits.
const SOLVED: f32 = 1e-24;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.pixels || id.y >= shape.images) {
    return;
  }
  let curvature = dots[shape.curvature * shape.images + id.y];
  let unsolved = curvature > vec4<f32>(SOLVED);
  let alpha = select(vec4<f32>(), dots[shape.old * shape.images + id.y] / select(vec4<f32>(1.0), curvature, unsolved), unsolved);
  let at = id.y * shape.pixels + id.x;
  x[at] += alpha * direction[at];
  residual[at] -= alpha * product[at];
}
