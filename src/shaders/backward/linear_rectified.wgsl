// Product with the positive (or negative) part of a linear layer's weights, without bias: out = image max(sign * weights, 0).
//
// image     batch x inputs, padded to 4
// weights   inputs x columns, in Weight precision: the columns from vec4 `first4` on
// out       batch x all columns
// Mapping   a thread owns one vec4 of columns (x) of one image (y).
// Used by   excitation backprop, which divides by it.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
alias Weight = f32;

struct Shape {
  batch: u32,
  inputs4: u32,
  columns4: u32,
  first4: u32,
  out_columns4: u32,
  sign: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

fn weight(at: u32) -> vec4<f32> {
  return max(shape.sign * vec4<f32>(weights[at]), vec4<f32>());
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.columns4 || id.y >= shape.batch) {
    return;
  }
  var sum = vec4<f32>();
  var at = id.x;
  for (var input = 0u; input < shape.inputs4; input++) {
    let x = image[id.y * shape.inputs4 + input];
    sum = fma(vec4<f32>(x.x), weight(at), sum); at += shape.columns4;
    sum = fma(vec4<f32>(x.y), weight(at), sum); at += shape.columns4;
    sum = fma(vec4<f32>(x.z), weight(at), sum); at += shape.columns4;
    sum = fma(vec4<f32>(x.w), weight(at), sum); at += shape.columns4;
  }
  out[id.y * shape.out_columns4 + shape.first4 + id.x] = sum;
}
