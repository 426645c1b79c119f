// A smooth mask of few parameters: at every pixel the smooth maximum sum_k v_k softmax_k(20 v_k) over the 9 x 9 nodes around it,
// v_k = weight * parameter (Fong et al. 2019, section 3.2).
//
// parameters  grid_y x grid_x, in [0, 1]; nodes beyond the grid are 0
// weights     STEP * WINDOW a side: of a node by its distance from the pixel, which is entry - STEP * (WINDOW - 1) / 2 pixels a side
// mask        full_y x full_x, in [0, 1]
// sums        full_y x full_x: sum_k exp(20 (v_k - 1)), which the backward pass divides by
// Mapping     a thread owns one pixel (x, y).
// Used by     extremal perturbations.
// Bound by    arithmetic of the exponentials.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  grid_x: u32,
  grid_y: u32,
  full_x: u32,
  full_y: u32,
  // Nodes from the one that the first pixel's window begins with to the first of the grid.
  first: u32,
}

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> mask: array<f32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;
@group(0) @binding(4) var<uniform> shape: Shape;

// Pixels between nodes, and nodes of a window, a side.
const STEP: u32 = 7;
const WINDOW: u32 = 9;
const TEMPERATURE: f32 = 20.0;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.full_x || id.y >= shape.full_y) {
    return;
  }
  let cell = id.xy / STEP;
  // Entry of the weights at the window's first node; those of the next nodes are STEP entries before.
  let entry = id.xy % STEP + STEP * (WINDOW - 1u);
  var weighted = 0.0;
  var sum = 0.0;
  for (var down = 0u; down < WINDOW; down++) {
    let row = cell.y + down - shape.first;
    let line = (entry.y - STEP * down) * STEP * WINDOW;
    for (var across = 0u; across < WINDOW; across++) {
      // What is before the first node wraps around and is beyond the last one.
      let column = cell.x + across - shape.first;
      var value = 0.0;
      if (row < shape.grid_y && column < shape.grid_x) {
        value = weights[line + entry.x - STEP * across] * parameters[row * shape.grid_x + column];
      }
      let share = exp(TEMPERATURE * (value - 1.0));
      weighted += share * value;
      sum += share;
    }
  }
  let at = id.y * shape.full_x + id.x;
  mask[at] = clamp(weighted / sum, 0.0, 1.0);
  sums[at] = sum;
}
