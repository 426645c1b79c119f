// Means over bins that divide the image as evenly as whole pixels can: bin i of n along an axis has the pixels from floor(i size / n) to
// ceil((i + 1) size / n), the last excluded; bins may share pixels.
//
// image     batch x height x width x channels, channels padded to 4
// out       batch x out_height x out_width x channels
// Mapping   a thread owns 4 channels (x) of one output pixel (y: column, z: line of the batch).
// Used by   adaptive average pooling.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
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
  let line = id.z - batch * shape.out_height;
  let y0 = line * shape.height / shape.out_height;
  let y1 = ((line + 1u) * shape.height + shape.out_height - 1u) / shape.out_height;
  let x0 = id.y * shape.width / shape.out_width;
  let x1 = ((id.y + 1u) * shape.width + shape.out_width - 1u) / shape.out_width;
  var sum = vec4<f32>();
  for (var y = y0; y < y1; y++) {
    for (var x = x0; x < x1; x++) {
      sum += vec4<f32>(image[((batch * shape.height + y) * shape.width + x) * shape.channels4 + id.x]);
    }
  }
  out[(id.z * shape.out_width + id.y) * shape.channels4 + id.x] = stored(sum / f32((y1 - y0) * (x1 - x0)));
}
