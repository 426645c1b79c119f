// Sums along the middle axis of outer x count x inner values, or of their products with others, in slices:
// out[outer, slice, inner] = sum over the slice's count of values (times factor).
//
// values    outer x count x inner vec4s
// factor    the same, where TIMES is 1
// out       outer x slices x inner vec4s
// Mapping   a workgroup owns 16 vec4s of the inner axis (x) of one slice (z: outer x slices); 16 lanes (y) share the slice and sum in workgroup
//           memory.
// Used by   backward passes: the gradient of one value that met many pixels. Slices keep the GPU busy; a second run sums them.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 16;
const TIMES: u32 = 0;

struct Shape {
  outer: u32,
  count: u32,
  inner: u32,
  slices: u32,
  // Of the count, how much a slice has; the last may have less.
  slice: u32,
}

@group(0) @binding(0) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> factor: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

var<workgroup> sums: array<vec4<f32>, 256>;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let vector = group.x * WORKGROUP_X + local.x;
  let outer = group.z / shape.slices;
  let first = (group.z - outer * shape.slices) * shape.slice;
  let last = min(first + shape.slice, shape.count);
  var sum = vec4<f32>();
  if (vector < shape.inner) {
    for (var k = first + local.y; k < last; k += WORKGROUP_Y) {
      let at = (outer * shape.count + k) * shape.inner + vector;
      var value = values[at];
      if (TIMES == 1u) { value *= factor[at]; }
      sum += value;
    }
  }
  sums[local.y * WORKGROUP_X + local.x] = sum;
  workgroupBarrier();
  if (local.y == 0u && vector < shape.inner) {
    var total = vec4<f32>();
    for (var lane = 0u; lane < WORKGROUP_Y; lane++) {
      total += sums[lane * WORKGROUP_X + local.x];
    }
    out[group.z * shape.inner + vector] = total;
  }
}
