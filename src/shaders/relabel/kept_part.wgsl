// What a gated sample keeps of the photo, at a quarter of its size: the first step of inpainting.
//
// photo     height x width x 4, in [0, 1]
// gates     samples x 52, as gates.wgsl writes them
// out       samples x height / 4 x width / 4 x 4, rounded up: mean of colour times gate over each cell's 4 x 4 pixels, as far as they are
//           of the photo, and mean of the gate (premultiplied alpha)
// Mapping   a thread owns one cell (x, y) of one sample (z).
// Used by   gated synthesis with the inpainted fill.
// Bound by  arithmetic.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  samples: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
const CELL: u32 = 4;
const GRID: u32 = 7;
const GATE_STRIDE: u32 = 52;

// Position of a pixel in the grid of gates stretched to 256 pixels: half-pixel centres, clamped.
fn source(at: f32) -> f32 {
  return clamp((at + 0.5) * f32(GRID) / 256.0 - 0.5, 0.0, f32(GRID - 1u));
}

// Where a pixel lies in 224 pixels a side, which gates and their shifts are meant for.
fn in_gates(at: u32, size: u32) -> f32 {
  return (f32(at) + 0.5) * (224.0 / f32(size)) - 0.5;
}

// A row of the gates at column u.
fn row(start: u32, u: f32) -> f32 {
  let x0 = u32(u);
  return mix(gates[start + x0], gates[start + min(x0 + 1u, GRID - 1u)], fract(u));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let cells = (vec2<u32>(WIDTH, HEIGHT) + CELL - 1u) / CELL;
  if (id.x >= cells.x || id.y >= cells.y || id.z >= shape.samples) {
    return;
  }
  let start = id.z * GATE_STRIDE;
  let shift = vec2<f32>(gates[start + 49u], gates[start + 50u]);
  var sum = vec4<f32>();
  let end = min((id.xy + 1u) * CELL, vec2<u32>(WIDTH, HEIGHT));
  for (var y = id.y * CELL; y < end.y; y++) {
    let v = source(in_gates(y, HEIGHT) + shift.y);
    let above = start + u32(v) * GRID;
    let below = start + min(u32(v) + 1u, GRID - 1u) * GRID;
    for (var x = id.x * CELL; x < end.x; x++) {
      let u = source(in_gates(x, WIDTH) + shift.x);
      let gate = mix(row(above, u), row(below, u), fract(v));
      sum += gate * vec4<f32>(photo[y * WIDTH + x].xyz, 1.0);
    }
  }
  let pixels = end - id.xy * CELL;
  out[(id.z * cells.y + id.y) * cells.x + id.x] = sum / f32(pixels.x * pixels.y);
}
