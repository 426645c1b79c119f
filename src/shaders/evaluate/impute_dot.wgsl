// Scalar products of images, each channel by itself.
//
// a, b      images x pixels, in vec4s
// dots      slots x images: the products go to slot `slot`
// Mapping   a workgroup owns an image (y); its threads stride over the pixels and reduce in workgroup memory.
// Used by   the conjugate gradients of ROAD's imputation.
// Bound by  bytes.

const WORKGROUP_X: u32 = 256;

struct Shape {
  images: u32,
  pixels: u32,
  slot: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dots: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> partial: array<vec4<f32>, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let start = group.y * shape.pixels;
  var sum = vec4<f32>();
  for (var at = local.x; at < shape.pixels; at += WORKGROUP_X) {
    sum += a[start + at] * b[start + at];
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] += partial[local.x + half];
    }
    workgroupBarrier();
  }
  if (local.x == 0u) {
    dots[shape.slot * shape.images + group.y] = partial[0];
  }
}
