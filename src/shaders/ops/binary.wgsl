// out = activation(a OPERATOR b), element by element; a value of one operand may meet many of the other (see operands.wgsl).
//
// a, b      images of a batch, channels padded to 4, of the output's shape or with a 1 along some axes
// out       batch x height x width x channels; what pads the channels is written as 0, whatever a quotient or activation makes of it
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   multiplication, subtraction and division; additions of two shapes.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
// 0: a + b; 1: a - b; 2: a * b; 3: a / b.
const OPERATOR: u32 = 0;
alias Input = f32;
alias Output = f32;

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
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<Input>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// include operands.wgsl
// include activate.wgsl
// include stored.wgsl

fn operate(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  if (OPERATOR == 0u) { return x + y; }
  if (OPERATOR == 1u) { return x - y; }
  if (OPERATOR == 2u) { return x * y; }
  // A quotient by an infinity would be 0: it stays what it is, to be found where it first appears.
  let odd = (bitcast<vec4<u32>>(y) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u);
  return select(x / y, y, odd);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x < shape.line && at < shape.vectors) {
    out[at] = stored(without_padding(activate(operate(a_at(at), b_at(at)), shape.low, shape.high), at));
  }
}
