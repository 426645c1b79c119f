// out = activation(image), element by element.
//
// image, out  vec4s x 4 values; padding stays 0 only under activations that leave 0 as it is, so it is written as 0: the channels of a pixel
//             are `channels`, padded to 4
// Mapping     a thread owns one vec4; x and y together count them.
// Used by     activations that no producing kernel could take into its store, or that a backward pass wants the input of.
// Bound by    bytes.

const WORKGROUP_X: u32 = 64;
alias Input = f32;
alias Output = f32;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  let value = activate(vec4<f32>(image[at]), shape.low, shape.high);
  if (shape.channels % 4u == 0u) {
    out[at] = stored(value);
    return;
  }
  let channel = at % ((shape.channels + 3u) / 4u) * 4u;
  let real = vec4<u32>(channel, channel + 1u, channel + 2u, channel + 3u) < vec4<u32>(shape.channels);
  out[at] = stored(select(vec4<f32>(), value, real));
}
