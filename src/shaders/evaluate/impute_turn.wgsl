// The next direction of conjugate gradients, each channel by itself: direction = residual + beta * direction, beta = fresh / old.
//
// residual, direction   images x pixels, in vec4s
// dots      slots x images: the squared residual in slot `fresh`, the one before in slot `old`
// Mapping   a thread owns one pixel (x) of one image (y).
// Used by   ROAD's imputation.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  images: u32,
  pixels: u32,
  fresh: u32,
  old: u32,
}

@group(0) @binding(0) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dots: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> direction: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// Below this a system is solved, far more exactly than f32 can show; going on would divide what has lost its digits.
const SOLVED: f32 = 1e-24;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.pixels || id.y >= shape.images) {
    return;
  }
  let old = dots[shape.old * shape.images + id.y];
  let unsolved = old > vec4<f32>(SOLVED);
  let beta = select(vec4<f32>(), dots[shape.fresh * shape.images + id.y] / select(vec4<f32>(1.0), old, unsolved), unsolved);
  let at = id.y * shape.pixels + id.x;
  direction[at] = residual[at] + beta * direction[at];
}
