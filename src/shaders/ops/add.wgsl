// out = clamp(a + b, low, high), element by element.
//
// a, b, out  vec4s x 4 values
// Mapping    a thread owns one vec4; x and y together count them.
// Used by    additions that no producing kernel could take into its store.
// Bound by   bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// Between low and high. What is no finite number stays so, to be found where it first appears.
fn bounded(value: vec4<f32>) -> vec4<f32> {
  let odd = (bitcast<vec4<u32>>(value) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u);
  return select(clamp(value, vec4<f32>(shape.low), vec4<f32>(shape.high)), value, odd);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x < shape.line && at < shape.vectors) {
    out[at] = bounded(a[at] + b[at]);
  }
}
