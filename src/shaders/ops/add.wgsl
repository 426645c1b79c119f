// out = activation(a + b), element by element.
//
// a, b, out  vec4s x 4 values
// Mapping    a thread owns one vec4; x and y together count them.
// Used by    additions that no producing kernel could take into its store.
// Bound by   bytes.

const WORKGROUP_X: u32 = 64;
alias Input = f32;
alias Output = f32;

struct Shape {
  vectors: u32,
  // Threads of one line of the grid.
  line: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<Input>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(3) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x < shape.line && at < shape.vectors) {
    out[at] = stored(activate(vec4<f32>(a[at]) + vec4<f32>(b[at]), shape.low, shape.high));
  }
}
