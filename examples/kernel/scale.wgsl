// out = gain * input, a value a thread.
struct Shape {
  count: u32,
  gain: f32,
}

const SIZE: u32 = 64;

@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.count) {
    out[id.x] = shape.gain * input[id.x];
  }
}
