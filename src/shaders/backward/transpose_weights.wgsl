// Packed weights with inputs and outputs exchanged and the taps in reverse order: those of the convolution that brings gradients back.
// transposed[taps - 1 - tap, output, input] = weights[tap, input, output]
//
// weights     (taps, inputs) x columns, inputs and columns padded to 4: the outputs from vec4 `first_output4` on. Of a grouped convolution the
//             inputs of a block, and columns of all: those of a block are then transposed for its inputs.
// transposed  (taps, outputs) x out_columns: the inputs from vec4 `first_input4` on; both in Weight precision
// Mapping     a thread owns a block of 4 x 4: four inputs (x) of one vec4 of outputs of one tap (y: tap, then vec4).
// Used by     the first backward pass of a net, for its dense and grouped convolutions; a matrix may be cut by columns, and so may its transpose.
// Bound by    bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
alias Weight = f32;

struct Shape {
  taps: u32,
  // Of a block; of all columns a block has `columns4`.
  inputs4: u32,
  columns4: u32,
  matrix_columns4: u32,
  outputs4: u32,
  out_columns4: u32,
  first_input4: u32,
  first_output4: u32,
}

@group(0) @binding(0) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(1) var<storage, read_write> transposed: array<vec4<Weight>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.out_columns4 || id.y >= shape.taps * shape.columns4) {
    return;
  }
  let tap = id.y / shape.columns4;
  let column = id.y - tap * shape.columns4;
  let input = shape.first_input4 + id.x;
  let owner = input / shape.inputs4;
  let row = (tap * shape.inputs4 + input % shape.inputs4) * 4u;
  var from_at = row * shape.matrix_columns4 + owner * shape.columns4 + column;
  let a = weights[from_at]; from_at += shape.matrix_columns4;
  let b = weights[from_at]; from_at += shape.matrix_columns4;
  let c = weights[from_at]; from_at += shape.matrix_columns4;
  let d = weights[from_at];
  let out_row = ((shape.taps - 1u - tap) * shape.outputs4 + shape.first_output4 + column) * 4u;
  var at = out_row * shape.out_columns4 + id.x;
  transposed[at] = vec4<Weight>(a.x, b.x, c.x, d.x); at += shape.out_columns4;
  transposed[at] = vec4<Weight>(a.y, b.y, c.y, d.y); at += shape.out_columns4;
  transposed[at] = vec4<Weight>(a.z, b.z, c.z, d.z); at += shape.out_columns4;
  transposed[at] = vec4<Weight>(a.w, b.w, c.w, d.w);
}
