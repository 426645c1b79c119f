// Sums over the channels of every pixel, or of their products with others.
//
// values    pixels x channels, channels padded to 4 with zeros
// factor    the same, where TIMES is 1
// out       pixels x 4: the sum in the first channel
// Mapping   a workgroup owns 4 pixels (y; z counts lines of `line` pixels); 16 lanes (x) share the channels and sum in workgroup memory.
// Used by   backward passes: the gradient of one value that met many channels.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
const TIMES: u32 = 0;

struct Shape {
  pixels: u32,
  line: u32,
  channels4: u32,
}

@group(0) @binding(0) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> factor: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let pixel = id.z * shape.line + id.y;
  let inside = id.y < shape.line && pixel < shape.pixels;
  var sum = vec4<f32>();
  if (inside) {
    for (var vector = local.x; vector < shape.channels4; vector += WORKGROUP_X) {
      let at = pixel * shape.channels4 + vector;
      var value = values[at];
      if (TIMES == 1u) { value *= factor[at]; }
      sum += value;
    }
  }
  sums[local.y * WORKGROUP_X + local.x] = sum.x + sum.y + sum.z + sum.w;
  workgroupBarrier();
  if (local.x == 0u && inside) {
    var total = 0.0;
    for (var lane = 0u; lane < WORKGROUP_X; lane++) {
      total += sums[local.y * WORKGROUP_X + lane];
    }
    out[pixel] = vec4<f32>(total, 0.0, 0.0, 0.0);
  }
}
