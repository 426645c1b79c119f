// Multiply-adds in registers and nothing else: the ceiling of arithmetic of an adapter.
//
// out       a vec4 a thread, so that nothing can be left out; computed in Number precision
// Mapping   a thread owns eight independent vec4 accumulators and advances each of them by four steps an iteration: 256 operations.
//           The factor is below 1, so the sums stay near one value for any number of steps.
// Used by   the ceilings, which benchmarks and profiles are held against.
// Bound by  arithmetic.

const WORKGROUP_X: u32 = 64;
alias Number = f32;

struct Shape {
  iterations: u32,
  line: u32,
  factor: f32,
  addend: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

fn step4(x: vec4<Number>, m: vec4<Number>, a: vec4<Number>) -> vec4<Number> {
  return fma(fma(fma(fma(x, m, a), m, a), m, a), m, a);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let thread = id.y * shape.line + id.x;
  let m = vec4<Number>(Number(shape.factor));
  let a = vec4<Number>(Number(shape.addend));
  let seed = vec4<Number>(Number(f32(thread) * 1e-6));
  var s0 = seed; var s1 = seed + 0.1; var s2 = seed + 0.2; var s3 = seed + 0.3;
  var s4 = seed + 0.4; var s5 = seed + 0.5; var s6 = seed + 0.6; var s7 = seed + 0.7;
  for (var i = 0u; i < shape.iterations; i++) {
    s0 = step4(s0, m, a); s1 = step4(s1, m, a); s2 = step4(s2, m, a); s3 = step4(s3, m, a);
    s4 = step4(s4, m, a); s5 = step4(s5, m, a); s6 = step4(s6, m, a); s7 = step4(s7, m, a);
  }
  out[thread] = vec4<f32>(((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)));
}
