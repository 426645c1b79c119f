// Mean over all pixels of every channel.
//
// image     batch x pixels x channels, channels padded to 4
// out       batch x channels
// Mapping   a thread owns 4 channels (x) of one image (y).
// Used by   global average pooling before the classifier.
// Bound by  launches: 49 pixels in the nets here.

const WORKGROUP_X: u32 = 64;

struct Shape {
  batch: u32,
  pixels: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.batch) {
    return;
  }
  var sum = vec4<f32>();
  for (var pixel = 0u; pixel < shape.pixels; pixel++) {
    sum += image[(id.y * shape.pixels + pixel) * shape.channels4 + id.x];
  }
  out[id.y * shape.channels4 + id.x] = sum / f32(shape.pixels);
}
