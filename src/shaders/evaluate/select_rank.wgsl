// Finds the value of a given rank without sorting, digit by digit: values in [0, 1] ascend by floor(65536 v), and equal ones by position, as
// a stable sort has them.
//
// values    count of them
// found     2: floor(65536 v) and position of the one that `rank` others precede
// Mapping   one workgroup; for each digit of the value (16 bits) and of the position (24) it counts, in workgroup memory, those that agree in
//           all digits before.
// Used by   the area of extremal perturbations: what is not before this value is to be 1, the rest 0.
// Bound by  launches and latency.

const WORKGROUP_X: u32 = 256;

struct Shape {
  count: u32,
  // Less than the count.
  rank: u32,
}

@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> found: array<u32>;
@group(0) @binding(2) var<uniform> shape: Shape;

// Bits of a digit, a divisor of 8, and its values.
const BITS: u32 = 8;
const RADIX: u32 = 256;

var<workgroup> counts: array<atomic<u32>, RADIX>;
// The digits found so far: of the value and of the position; and how many of those that agree in them precede.
var<workgroup> prefix: array<u32, 3>;

fn key(value: f32) -> u32 {
  return min(u32(value * 65536.0), 65535u);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_id) local: vec3<u32>) {
  if (local.x == 0u) {
    prefix[0] = 0u;
    prefix[1] = 0u;
    prefix[2] = shape.rank;
  }
  for (var digit = 0u; digit < 40u / BITS; digit++) {
    for (var bin = local.x; bin < RADIX; bin += WORKGROUP_X) {
      atomicStore(&counts[bin], 0u);
    }
    workgroupBarrier();
    let of_value = digit < 16u / BITS;
    let shift = select(40u, 16u, of_value) - BITS * (digit + 1u);
    let value_shift = select(0u, shift + BITS, of_value);
    let place_shift = select(shift + BITS, 0u, of_value);
    let value_prefix = prefix[0] >> value_shift;
    let place_prefix = prefix[1] >> place_shift;
    for (var at = local.x; at < shape.count; at += WORKGROUP_X) {
      let own = key(values[at]);
      let agrees = (own >> value_shift) == value_prefix && (of_value || (at >> place_shift) == place_prefix);
      if (agrees) {
        atomicAdd(&counts[(select(at, own, of_value) >> shift) & (RADIX - 1u)], 1u);
      }
    }
    workgroupBarrier();
    if (local.x == 0u) {
      var bin = 0u;
      var before = prefix[2];
      for (; bin < RADIX - 1u; bin++) {
        let there = atomicLoad(&counts[bin]);
        if (before < there) { break; }
        before -= there;
      }
      prefix[select(1u, 0u, of_value)] += bin << shift;
      prefix[2] = before;
    }
    workgroupBarrier();
  }
  if (local.x == 0u) {
    found[0] = prefix[0];
    found[1] = prefix[1];
  }
}
