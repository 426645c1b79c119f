// Local response norm: out = image / (k + alpha / size * sum of squares of `size` neighbouring channels)^beta.
//
// image     pixels x channels, channels padded to 4
// out       pixels x channels
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   local response norms.
// Bound by  bytes, neighbours coming from cache.

const WORKGROUP_X: u32 = 64;
alias Input = f32;
alias Output = f32;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels: u32,
  channels4: u32,
  size: u32,
  alpha: f32,
  beta: f32,
  k: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include neighbours.wgsl
// include stored.wgsl

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  let vector = at % shape.channels4;
  let start = at - vector;
  let channel = i32(vector * 4u);
  let d = vec4<f32>(divisor(start, channel), divisor(start, channel + 1), divisor(start, channel + 2), divisor(start, channel + 3));
  let value = vec4<f32>(image[at]);
  // What is no finite number stays so, to be found where it first appears.
  let odd = (bitcast<vec4<u32>>(value) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u);
  out[at] = stored(select(value * exp2(-shape.beta * log2(d)), value, odd));
}
