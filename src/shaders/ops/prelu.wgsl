// gradient times the slope of a PReLU: 1 where the image is above 0, else the channel's. Of the image itself that is its PReLU.
//
// gradient  batch x pixels x channels, channels padded to 4; the image on the way forward
// image     the same: what the PReLU is given
// slopes    one a channel, padded to 4 with zeros; one for all where SHARED is 1
// out       batch x pixels x channels
// Mapping   a thread owns one vec4; x and y together count them.
// Used by   PReLUs, forward and backward.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
const SHARED: u32 = 0;
alias Input = f32;
alias Output = f32;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(2) var<storage, read> slopes: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(4) var<uniform> shape: Shape;

// include stored.wgsl

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x >= shape.line || at >= shape.vectors) {
    return;
  }
  var slope = slopes[0].xxxx;
  if (SHARED == 0u) { slope = slopes[at % shape.channels4]; }
  out[at] = stored(vec4<f32>(gradient[at]) * select(slope, vec4<f32>(1.0), vec4<f32>(image[at]) > vec4<f32>()));
}
