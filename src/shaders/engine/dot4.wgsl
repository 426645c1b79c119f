// Dot products of four signed bytes with four others, added up in registers, and nothing else: the ceiling of 8-bit arithmetic of an adapter.
//
// out       a vec4 a thread, so that nothing can be left out
// Mapping   a thread owns sixteen independent sums, in four vec4s, and advances each of them by two steps an iteration: 256 operations. A sum's
//           own bytes are one side of its next dot product, so that no step is known before; it wraps around at 32 bits.
// Used by   the ceilings, where the WGSL language feature packed_4x8_integer_dot_product is there.
// Bound by  arithmetic.

const WORKGROUP_X: u32 = 64;

struct Shape {
  iterations: u32,
  line: u32,
  // Four signed bytes.
  factor: u32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4<u32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

fn advance(x: vec4<u32>, m: u32) -> vec4<u32> {
  let products = vec4<i32>(dot4I8Packed(x.x, m), dot4I8Packed(x.y, m), dot4I8Packed(x.z, m), dot4I8Packed(x.w, m));
  return x + vec4<u32>(products);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let thread = id.y * shape.line + id.x;
  let seed = vec4<u32>(thread, thread + 1u, thread + 2u, thread + 3u);
  var s0 = seed; var s1 = seed + 40u; var s2 = seed + 80u; var s3 = seed + 120u;
  for (var i = 0u; i < shape.iterations; i++) {
    s0 = advance(s0, shape.factor); s1 = advance(s1, shape.factor); s2 = advance(s2, shape.factor); s3 = advance(s3, shape.factor);
    s0 = advance(s0, shape.factor); s1 = advance(s1, shape.factor); s2 = advance(s2, shape.factor); s3 = advance(s3, shape.factor);
  }
  out[thread] = (s0 + s1) + (s2 + s3);
}
