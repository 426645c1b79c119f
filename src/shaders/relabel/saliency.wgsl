// A student's weights as a map, one value a cell in the first channel of a pixel: signed weights of gates, or the sum over the
// colours of |w| of image weights (signed weights of single colours score no better than noise).
//
// w         cells x channels, channels 1 or 4
// out       cells x 4: (value, 0, 0, 0)
// Mapping   a thread owns a cell.
// Used by   every student.
// Bound by  launches.

const WORKGROUP_X: u32 = 64;

struct Shape {
  cells: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.cells) {
    return;
  }
  var value = w[id.x * shape.channels];
  if (shape.channels == 4u) {
    value = abs(w[id.x * 4u]) + abs(w[id.x * 4u + 1u]) + abs(w[id.x * 4u + 2u]);
  }
  out[id.x] = vec4<f32>(value, 0.0, 0.0, 0.0);
}
