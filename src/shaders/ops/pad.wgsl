// Pads and crops images: each side gets so many pixels more, or less where the number is negative.
//
// image     batch x height x width x channels, channels padded to 4
// out       batch x out_height x out_width x channels
// Mapping   a thread owns 4 channels (x) of one output pixel (y: column, z: line of the batch).
// Used by   pad and crop, and the way back through both, but through reflections.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  channels: u32,
  channels4: u32,
  top: i32,
  left: i32,
  // 1: pixels outside are those inside, as far from the edge; else they are `value`.
  reflects: u32,
  value: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include stored.wgsl

fn source(at: i32, size: u32) -> i32 {
  let last = i32(size) - 1;
  return select(at, last - abs(last - abs(at)), shape.reflects == 1u);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let y = source(i32(id.z - batch * shape.out_height) - shape.top, shape.height);
  let x = source(i32(id.y) - shape.left, shape.width);
  // Not in channels that pad others.
  let channel = vec4<u32>(4u * id.x) + vec4<u32>(0u, 1u, 2u, 3u);
  var value = select(vec4<f32>(), vec4<f32>(shape.value), channel < vec4<u32>(shape.channels));
  if (y >= 0 && y < i32(shape.height) && x >= 0 && x < i32(shape.width)) {
    value = vec4<f32>(image[((batch * shape.height + u32(y)) * shape.width + u32(x)) * shape.channels4 + id.x]);
  }
  out[(id.z * shape.out_width + id.y) * shape.channels4 + id.x] = stored(value);
}
