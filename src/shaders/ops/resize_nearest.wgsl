// Nearest-neighbour interpolation to any size: output pixel y reads pixel floor(y * height / out_height).
//
// image     batch x height x width x channels, channels padded to 4
// out       batch x out_height x out_width x channels
// Mapping   a thread owns 4 channels (x) of one output pixel (y: column, z: line of the batch).
// Used by   resizeNearest.
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
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include stored.wgsl

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let y = (id.z - batch * shape.out_height) * shape.height / shape.out_height;
  let x = id.y * shape.width / shape.out_width;
  let value = vec4<f32>(image[((batch * shape.height + y) * shape.width + x) * shape.channels4 + id.x]);
  out[(id.z * shape.out_width + id.y) * shape.channels4 + id.x] = stored(value);
}
