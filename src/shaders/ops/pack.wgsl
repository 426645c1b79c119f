// Weights from the order of their file to the order that kernels read, and times the scale of a folded batch norm:
// packed[tap, input, column] = values[output, input, tap] * scale[column], zero in the padding.
//
// values    some of the outputs, from the first of this call on; input and tap at the steps given: a linear layer over an image is a
//           convolution whose taps are the pixels, and its file may have the channels before the pixels or behind them
// scale     of all columns
// packed    (taps, inputs_padded) x columns, columns padded to 4, in Weight precision
// Mapping   a thread owns one vec4 of columns (x) of one row (y). Outputs come in groups (the channels of a pixel, where the output is an
//           image; else all in one), each padded to 4; column4 0 of the call is vec4 `first4` of packed.
//           Of a grouped convolution, the inputs are those of `merged` neighbouring groups, `inputs` each: an output of another group of
//           these has zeros. A group has `group_outputs`, and the call begins with `first_output`.
// Used by   loading a net, slab by slab.
// Bound by  bytes.

const WORKGROUP_X: u32 = 4;
const WORKGROUP_Y: u32 = 16;
alias Weight = f32;

struct Shape {
  inputs: u32,
  merged: u32,
  group_outputs: u32,
  first_output: u32,
  inputs_padded: u32,
  taps: u32,
  output_step: u32,
  input_step: u32,
  tap_step: u32,
  group: u32,
  group4: u32,
  call_columns4: u32,
  first4: u32,
  scale4: u32,
  columns4: u32,
  has_scale: u32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> packed: array<vec4<Weight>>;
@group(0) @binding(3) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.y;
  if (id.x >= shape.call_columns4 || row >= shape.taps * shape.inputs_padded) {
    return;
  }
  let tap = row / shape.inputs_padded;
  let input = row - tap * shape.inputs_padded;
  let which = id.x / shape.group4;
  let first = (id.x - which * shape.group4) * 4u;
  var value = vec4<f32>();
  // The group that the input belongs to; padding belongs to none.
  let owner = input / shape.inputs;
  let output = which * shape.group + first;
  let offset = (input - owner * shape.inputs) * shape.input_step + tap * shape.tap_step;
  for (var i = 0u; i < 4u; i++) {
    let group = (shape.first_output + output + i) / shape.group_outputs;
    if (first + i < shape.group && group % shape.merged == owner) { value[i] = values[(output + i) * shape.output_step + offset]; }
  }
  if (shape.has_scale == 1u) { value *= scale[shape.scale4 + id.x]; }
  packed[row * shape.columns4 + shape.first4 + id.x] = vec4<Weight>(value);
}
