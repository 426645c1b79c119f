// Draws the grids of RISE (Petsiuk et al. 2018): for every sample a square grid of kept (1) and hidden (0) cells, and a shift.
//
// grids     samples x stride4 x 4: cells * cells values row by row, padded to 4, then the shift in x and y (pixels) and two zeros
// Mapping   a thread owns 4 values (x) of one sample (y). They depend on (seed, sample, index) alone, so batches of any size draw the same.
// Used by   RISE.
// Bound by  launches.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  seed: u32,
  // Of a row of the grid.
  cells: u32,
  stride4: u32,
  // Shifts go from 0 to one less, in pixels: the nominal size of a cell.
  shifts_x: u32,
  shifts_y: u32,
  keep: f32,
}

@group(0) @binding(0) var<storage, read_write> grids: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

const STREAM_CELLS: u32 = 5;
const STREAM_SHIFTS: u32 = 6;

// include pcg4d.wgsl

// Whole part of bits / 2^24 * count. Halves of the 24 bits times a count below 2^20 fit into 32; all of them do up to 256 only.
fn share_of(bits: u32, count: u32) -> f32 {
  return f32(((bits >> 12u) * count + (((bits & 4095u) * count) >> 12u)) >> 12u);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.stride4 || id.y >= shape.samples) {
    return;
  }
  let sample = shape.first_sample + id.y;
  let last = id.x == shape.stride4 - 1u;
  let bits = pcg4d(vec4<u32>(shape.seed, select(STREAM_CELLS, STREAM_SHIFTS, last), sample, select(id.x, 0u, last))) >> vec4<u32>(8u);
  var values = select(vec4<f32>(), vec4<f32>(1.0), vec4<f32>(bits) / 16777216.0 < vec4<f32>(shape.keep));
  if (last) {
    values = vec4<f32>(share_of(bits.x, shape.shifts_x), share_of(bits.y, shape.shifts_y), 0.0, 0.0);
  }
  grids[id.y * shape.stride4 + id.x] = values;
}
