// What a gated sample keeps of the photo, at a quarter of its size: the first step of inpainting.
//
// photo     224 x 224 x 4, in [0, 1]
// gates     samples x 52, as gates.wgsl writes them
// out       samples x 56 x 56 x 4: mean of colour times gate over each cell's 4 x 4 pixels, and mean of the gate (premultiplied alpha)
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

const SIZE: u32 = 224;
const CELL: u32 = 4;
const GRID: u32 = 7;
const GATE_STRIDE: u32 = 52;

// Position of a pixel in the grid of gates stretched to 256 pixels: half-pixel centres, clamped.
fn source(at: f32) -> f32 {
  return clamp((at + 0.5) * f32(GRID) / 256.0 - 0.5, 0.0, f32(GRID - 1u));
}

// A row of the gates at column u.
fn row(start: u32, u: f32) -> f32 {
  let x0 = u32(u);
  return mix(gates[start + x0], gates[start + min(x0 + 1u, GRID - 1u)], fract(u));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let side = SIZE / CELL;
  if (id.x >= side || id.y >= side || id.z >= shape.samples) {
    return;
  }
  let start = id.z * GATE_STRIDE;
  let shift = vec2<f32>(gates[start + 49u], gates[start + 50u]);
  var sum = vec4<f32>();
  for (var dy = 0u; dy < CELL; dy++) {
    let y = id.y * CELL + dy;
    let v = source(f32(y) + shift.y);
    let above = start + u32(v) * GRID;
    let below = start + min(u32(v) + 1u, GRID - 1u) * GRID;
    for (var dx = 0u; dx < CELL; dx++) {
      let x = id.x * CELL + dx;
      let u = source(f32(x) + shift.x);
      let gate = mix(row(above, u), row(below, u), fract(v));
      sum += gate * vec4<f32>(photo[y * SIZE + x].xyz, 1.0);
    }
  }
  out[(id.z * side + id.y) * side + id.x] = sum / f32(CELL * CELL);
}
