// Reads a buffer and keeps next to nothing of it: the ceiling of an adapter's reads.
//
// input     vectors, more than caches hold
// out       a vec4 a workgroup, the sum of what it read, so that nothing can be left out
// Mapping   a workgroup owns PIECE * WORKGROUP_X neighbouring vec4s, and neighbouring threads read neighbouring ones, PIECE times; `line`
//           threads a row of the grid, whole workgroups. They reduce in workgroup memory.
// Used by   the ceilings, which benchmarks and profiles are held against.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;
const PIECE: u32 = 32;

struct Shape {
  vectors: u32,
  line: u32,
}

@group(0) @binding(0) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

var<workgroup> partial: array<vec4<f32>, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let owner = group.y * (shape.line / WORKGROUP_X) + group.x;
  let first = owner * PIECE * WORKGROUP_X;
  var sum = vec4<f32>();
  for (var turn = 0u; turn < PIECE; turn++) {
    let at = first + turn * WORKGROUP_X + local.x;
    if (at < shape.vectors) {
      sum += input[at];
    }
  }
  partial[local.x] = sum;
  workgroupBarrier();
  for (var half = WORKGROUP_X / 2u; half > 0u; half = half >> 1u) {
    if (local.x < half) {
      partial[local.x] += partial[local.x + half];
    }
    workgroupBarrier();
  }
  if (local.x == 0u && first < shape.vectors) {
    out[owner] = partial[0];
  }
}
