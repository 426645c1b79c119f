// The student's view of gated samples: the mean of each sample's gate over the cells of a grid, minus one half. Gates are meant for 224
// pixels a side, which are stretched over inputs of other sizes, and so are the cells.
//
// gates     samples x 52, as gates.wgsl writes them
// out       total x (cells x cells): the samples' rows from first_row on
// Mapping   a thread owns one cell (x) of one sample (y) and averages the bilinear gate over its pixels, of 224 a side.
// Used by   the students of gated synthesis. The half keeps the sums behind the moments small; centring removes the rest.
// Bound by  arithmetic.

const WORKGROUP_X: u32 = 64;

struct Shape {
  samples: u32,
  // Cells a side; their size in pixels is 224 / cells.
  cells: u32,
  first_row: u32,
}

@group(0) @binding(0) var<storage, read> gates: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> shape: Shape;

const SIZE: u32 = 224;
const GRID: u32 = 7;
const GATE_STRIDE: u32 = 52;

fn source(at: f32) -> f32 {
  return clamp((at + 0.5) * f32(GRID) / 256.0 - 0.5, 0.0, f32(GRID - 1u));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.cells * shape.cells || id.y >= shape.samples) {
    return;
  }
  let start = id.y * GATE_STRIDE;
  let shift = vec2<f32>(gates[start + 49u], gates[start + 50u]);
  let pixels = SIZE / shape.cells;
  let cell_y = id.x / shape.cells;
  let cell_x = id.x - cell_y * shape.cells;
  var sum = 0.0;
  for (var dy = 0u; dy < pixels; dy++) {
    let v = source(f32(cell_y * pixels + dy) + shift.y);
    let above = start + u32(v) * GRID;
    let below = start + min(u32(v) + 1u, GRID - 1u) * GRID;
    for (var dx = 0u; dx < pixels; dx++) {
      let u = source(f32(cell_x * pixels + dx) + shift.x);
      let x0 = u32(u);
      let x1 = min(x0 + 1u, GRID - 1u);
      sum += mix(mix(gates[above + x0], gates[above + x1], fract(u)), mix(gates[below + x0], gates[below + x1], fract(u)), fract(v));
    }
  }
  out[(shape.first_row + id.y) * shape.cells * shape.cells + id.x] = sum / f32(pixels * pixels) - 0.5;
}
