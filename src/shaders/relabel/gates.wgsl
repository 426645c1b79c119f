// Draws the gates of gated synthesis: for every sample a 7x7 grid of kept (1) and replaced (0) cells, and a shift.
//
// gates     samples x 52: 49 cells row by row, then the shift in x and y (pixels, 0 ... 31) and a zero
// Mapping   a thread owns 4 cells (x; the thirteenth thread also writes the shift) of one sample (y).
//           random: a cell is kept with probability keep. balanced: rows of a 64 x 64 Sylvester-Hadamard design, each followed by its
//           complement; 64 pairs share a shift and one affine choice of rows and columns, so that every cell is kept in half of the samples.
// Used by   gated synthesis.
// Bound by  launches.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  seed: u32,
  balanced: u32,
  keep: f32,
}

@group(0) @binding(0) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(1) var<uniform> shape: Shape;

const STREAM_CELLS: u32 = 2;
const STREAM_SHIFTS: u32 = 3;
const CELLS: u32 = 49;

// include pcg4d.wgsl

// A factor without a common divisor with 63, so that cells get distinct columns of the design.
fn unit(choice: u32) -> u32 {
  let low = select(select(1u, 2u, (choice & 1u) == 1u), select(4u, 5u, (choice & 1u) == 1u), (choice & 2u) == 2u);
  let high = select(select(8u, 10u, (choice & 1u) == 1u), select(11u, 13u, (choice & 1u) == 1u), (choice & 2u) == 2u);
  return select(low, high, (choice & 4u) == 4u);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= 13u || id.y >= shape.samples) {
    return;
  }
  let sample = shape.first_sample + id.y;
  let pair = sample >> 1u;
  let draw = pcg4d(vec4<u32>(shape.seed, STREAM_SHIFTS, select(sample, pair >> 6u, shape.balanced == 1u), 0u));
  var cells = vec4<f32>();
  if (shape.balanced == 1u) {
    let row = ((pair & 63u) * (2u * (draw.z & 31u) + 1u) + (draw.z >> 8u)) & 63u;
    let cell = vec4<u32>(4u * id.x) + vec4<u32>(0u, 1u, 2u, 3u);
    let column = (cell * unit(draw.w & 7u) + vec4<u32>((draw.w >> 8u) % 63u)) % vec4<u32>(63u) + 1u;
    let parity = countOneBits(column & vec4<u32>(row)) & vec4<u32>(1u);
    cells = select(vec4<f32>(), vec4<f32>(1.0), parity == vec4<u32>(sample & 1u));
  } else {
    let bits = pcg4d(vec4<u32>(shape.seed, STREAM_CELLS, sample, id.x)) >> vec4<u32>(8u);
    cells = select(vec4<f32>(), vec4<f32>(1.0), vec4<f32>(bits) / 16777216.0 < vec4<f32>(shape.keep));
  }
  if (id.x == CELLS / 4u) {
    cells = vec4<f32>(cells.x, f32(draw.x & 31u), f32(draw.y & 31u), 0.0);
  }
  gates[id.y * 13u + id.x] = cells;
}
