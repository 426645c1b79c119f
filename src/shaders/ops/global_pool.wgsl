// Mean over all pixels of every channel.
//
// image     batch x pixels x channels, channels padded to 4
// out       batch x channels
// Mapping   a workgroup owns 16 vec4s of channels (x) of one image (z); 8 lanes (y) share its pixels, and the first adds up their sums.
// Used by   global average pooling before the classifier, and in squeeze-and-excitation, where images are large and channels few.
// Bound by  bytes; launches where there are 49 pixels.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 8;
alias Input = f32;
alias Output = f32;

struct Shape {
  pixels: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include stored.wgsl

var<workgroup> sums: array<vec4<f32>, 128>;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let inside = id.x < shape.channels4;
  let start = id.z * shape.pixels * shape.channels4 + id.x;
  var sum = vec4<f32>();
  if (inside) {
    for (var pixel = local.y; pixel < shape.pixels; pixel += WORKGROUP_Y) {
      sum += vec4<f32>(image[start + pixel * shape.channels4]);
    }
  }
  sums[local.y * WORKGROUP_X + local.x] = sum;
  workgroupBarrier();
  if (!inside || local.y > 0u) {
    return;
  }
  for (var lane = 1u; lane < WORKGROUP_Y; lane++) {
    sum += sums[lane * WORKGROUP_X + local.x];
  }
  out[id.z * shape.channels4 + id.x] = stored(sum / f32(shape.pixels));
}
