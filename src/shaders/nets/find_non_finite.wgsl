// Finds the first value of an array that is no finite number.
//
// values    count values
// found     a pair a layer: the index of the first value that is NaN or infinite, and its bits as f32; count and 0 if there is none
// Mapping   one workgroup; its threads stride over the values and reduce in workgroup memory.
// Used by   the search for the layer in which numbers first stop being finite.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
alias Input = f32;

struct Shape {
  count: u32,
  layer: u32,
}

@group(0) @binding(0) var<storage, read> values: array<Input>;
@group(0) @binding(1) var<storage, read_write> found: array<vec2<u32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

var<workgroup> first: array<u32, WORKGROUP_X>;

// Bits, since a compiler may assume that floats are numbers.
fn bits_at(index: u32) -> u32 {
  return bitcast<u32>(f32(values[index]));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  var at = shape.count;
  for (var index = local.x; index < shape.count; index += WORKGROUP_X) {
    if ((bits_at(index) & 0x7f800000u) == 0x7f800000u) {
      at = min(at, index);
    }
  }
  first[local.x] = at;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      first[local.x] = min(first[local.x], first[local.x + half]);
    }
    workgroupBarrier();
  }
  if (local.x == 0u) {
    let bits = bits_at(min(first[0], shape.count - 1u));
    found[shape.layer] = vec2<u32>(first[0], select(0u, bits, first[0] < shape.count));
  }
}
