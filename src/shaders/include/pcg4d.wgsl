// pcg4d (Jarzynski & Olano 2020): four 32-bit hashes of a counter. Part of the kernels that name this file in an `include` line; the counter
// is (seed, stream, sample, index), as src/engine/random.ts computes it on the CPU.
fn pcg4d(counter: vec4<u32>) -> vec4<u32> {
  var v = counter * 1664525u + 1013904223u;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  v ^= v >> vec4<u32>(16u);
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}
