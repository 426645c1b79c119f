// Gaussian blurs along one axis, each as wide as its level says, zeros beyond the border, cut off at 4 sigma; two dispatches make a pyramid:
// sigma = widest * (1 - level / (levels - 1)), so that the last level is the image itself; a single level has the widest.
//
// image     levels x height x width, in vec4 pixels, or one image of height x width that all levels are made of
// out       levels x height x width
// Mapping   a thread owns one pixel (x, y) of one level (z).
// Used by   extremal perturbations (Fong et al. 2019, section 3.1), for their images and for the sum of their masks.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  levels: u32,
  height: u32,
  width: u32,
  // 1 where all levels read the same image.
  shared_image: u32,
  // 0: the blur goes along x; 1: along y.
  along_y: u32,
  // In pixels.
  widest: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.width || id.y >= shape.height || id.z >= shape.levels) {
    return;
  }
  let sigma = shape.widest * (1.0 - f32(id.z) / f32(max(shape.levels, 2u) - 1u));
  let start = select(id.z * shape.height * shape.width, 0u, shape.shared_image == 1u) + id.y * shape.width + id.x;
  let stride = select(1, i32(shape.width), shape.along_y == 1u);
  let at = i32(select(id.x, id.y, shape.along_y == 1u));
  let extent = select(i32(shape.width), i32(shape.height), shape.along_y == 1u);
  let reach = i32(ceil(4.0 * sigma));
  var sum = image[start];
  var total = 1.0;
  for (var tap = 1; tap <= reach; tap++) {
    let distance = f32(tap) / sigma;
    let weight = exp(-0.5 * distance * distance);
    if (at >= tap) { sum += weight * image[i32(start) - tap * stride]; }
    if (at + tap < extent) { sum += weight * image[i32(start) + tap * stride]; }
    total += 2.0 * weight;
  }
  out[(id.z * shape.height + id.y) * shape.width + id.x] = sum / total;
}
