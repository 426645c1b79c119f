// Fills a buffer: the ceiling of an adapter's writes.
//
// out       vectors, more than caches hold: `value` and what is 1, 2 and 3 above it
// Mapping   neighbouring threads write neighbouring vec4s; `line` threads a row of the grid.
// Used by   the ceilings, which benchmarks and profiles are held against.
// Bound by  bytes.

const WORKGROUP_X: u32 = 64;

struct Shape {
  vectors: u32,
  line: u32,
  value: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let at = id.y * shape.line + id.x;
  if (id.x < shape.line && at < shape.vectors) {
    out[at] = shape.value + vec4<f32>(0.0, 1.0, 2.0, 3.0);
  }
}
