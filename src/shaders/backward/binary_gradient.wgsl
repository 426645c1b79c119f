// Gradient of one operand of a + b, a - b, a * b or a / b, element by element, before it is summed over the values that one value met:
// out = gradient times the derivative.
//
// gradient  batch x height x width x channels, channels padded to 4
// a, b      images of a batch, of that shape or with a 1 along some axes (see operands.wgsl)
// out       batch x height x width x channels
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   backward passes of arithmetic.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
// 0: a + b; 1: a - b; 2: a * b; 3: a / b.
const OPERATOR: u32 = 0;
// 0: of a; 1: of b.
const OPERAND: u32 = 0;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  height: u32,
  width: u32,
  channels: u32,
  channels4: u32,
  a_image: u32,
  a_line: u32,
  a_pixel: u32,
  a_vector: u32,
  b_image: u32,
  b_line: u32,
  b_pixel: u32,
  b_vector: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include operands.wgsl

fn back(g: vec4<f32>, at: u32) -> vec4<f32> {
  if (OPERATOR == 2u) {
    if (OPERAND == 0u) { return g * b_at(at); }
    return g * a_at(at);
  }
  if (OPERATOR == 3u) {
    let quotient = g / b_at(at);
    if (OPERAND == 0u) { return quotient; }
    return -quotient * (a_at(at) / b_at(at));
  }
  if (OPERATOR == 1u && OPERAND == 1u) { return -g; }
  return g;
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x < shape.line && at < shape.vectors) {
    out[at] = without_padding(back(gradient[at], at), at);
  }
}
