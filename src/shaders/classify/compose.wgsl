// Composes synthetic images at the teacher's input size and normalises them (Hua et al., eq. 4; recipe of gated synthesis).
//
// photo     height x width x 4, in [0, 1]
// blurred   the photo blurred, for the blur fill
// decoded   samples x 64 x 64 x 4: decoder outputs; anchor: 64 x 64 x 4, the decoded mean of the photo
// gates     samples x 52, as gates.wgsl writes them
// inpainted samples x height / 4 x width / 4 x 4, rounded up, as inpaint.wgsl writes them, for the inpainted fill
// out       samples x height x width x 4, (x' - mean) / deviation, fourth channel 0; of grey the luma, and zeros
// Mapping   a thread owns one pixel (x, y) of one sample (z).
//           paper: x' = up(decoded). residual: x' = photo + up(decoded - anchor). gated: x' = photo * gate + fill * (1 - gate). All clamped.
// Used by   every synthesis; plain: the photo itself, normalised.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  first_sample: u32,
  // Fills taken in turn, a pair of samples each: number of them, and 2 bits each: 0 grey, 1 blur, 2 vae, 3 inpaint.
  fill_count: u32,
  fills: u32,
  mean_r: f32,
  mean_g: f32,
  mean_b: f32,
  deviation_r: f32,
  deviation_g: f32,
  deviation_b: f32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> blurred: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> decoded: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> anchor: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gates: array<f32>;
@group(0) @binding(5) var<storage, read> inpainted: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;
// 0: plain, 1: paper, 2: residual, 3: gated. A constant, as KINDS is, so that nothing is loaded that another mode or fill would need.
const MODE: u32 = 3;
// A bit for each fill that is among the `fills`.
const KINDS: u32 = 15;
// The order of the net's colours: 0 red first, 1 blue first, 2 grey.
const ORDER: u32 = 0;
const SMALL: u32 = 64;
const CELL: u32 = 4;
const GRID: u32 = 7;
const GATE_STRIDE: u32 = 52;

// Position of a pixel in a smaller grid: half-pixel centres, clamped.
fn source(at: f32, size: u32, out_size: f32) -> f32 {
  return clamp((at + 0.5) * f32(size) / out_size - 0.5, 0.0, f32(size - 1u));
}

// Where a pixel lies in 224 pixels a side, which gates and their shifts are meant for.
fn in_gates(at: u32, size: u32) -> f32 {
  return (f32(at) + 0.5) * (224.0 / f32(size)) - 0.5;
}

// The 7x7 gates stretched to 256 pixels and read at the sample's shift.
fn gate(sample: u32, x: u32, y: u32) -> f32 {
  let start = sample * GATE_STRIDE;
  let u = source(in_gates(x, WIDTH) + gates[start + 49u], GRID, 256.0);
  let v = source(in_gates(y, HEIGHT) + gates[start + 50u], GRID, 256.0);
  let x0 = u32(u);
  let x1 = min(x0 + 1u, GRID - 1u);
  let above = start + u32(v) * GRID;
  let below = start + min(u32(v) + 1u, GRID - 1u) * GRID;
  return mix(mix(gates[above + x0], gates[above + x1], fract(u)), mix(gates[below + x0], gates[below + x1], fract(u)), fract(v));
}

fn small_pixel(sample: u32, at: u32) -> vec4<f32> {
  let value = decoded[sample * SMALL * SMALL + at];
  if (MODE == 2u) { return value - anchor[at]; }
  return select(value, clamp(value, vec4<f32>(), vec4<f32>(1.0)), MODE == 3u);
}

// The four values of a smaller image around a pixel, and how far the pixel is from the first in x and y.
struct Corners {
  at: vec4<u32>,
  part: vec2<f32>,
}

// `size`: columns and lines of the smaller image, which is stretched to `extent` pixels.
fn corners(x: u32, y: u32, size: vec2<u32>, extent: vec2<u32>) -> Corners {
  let u = source(f32(x), size.x, f32(extent.x));
  let v = source(f32(y), size.y, f32(extent.y));
  let columns = vec2<u32>(u32(u), min(u32(u) + 1u, size.x - 1u));
  let rows = vec2<u32>(u32(v), min(u32(v) + 1u, size.y - 1u)) * size.x;
  return Corners(rows.xxyy + columns.xyxy, fract(vec2<f32>(u, v)));
}

fn upsampled(sample: u32, x: u32, y: u32) -> vec4<f32> {
  let c = corners(x, y, vec2<u32>(SMALL), vec2<u32>(WIDTH, HEIGHT));
  let top = mix(small_pixel(sample, c.at.x), small_pixel(sample, c.at.y), c.part.x);
  return mix(top, mix(small_pixel(sample, c.at.z), small_pixel(sample, c.at.w), c.part.x), c.part.y);
}

fn upsampled_inpainting(sample: u32, x: u32, y: u32) -> vec4<f32> {
  let cells = (vec2<u32>(WIDTH, HEIGHT) + CELL - 1u) / CELL;
  let c = corners(x, y, cells, cells * CELL);
  let at = c.at + sample * cells.x * cells.y;
  return mix(mix(inpainted[at.x], inpainted[at.y], c.part.x), mix(inpainted[at.z], inpainted[at.w], c.part.x), c.part.y);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let at = id.y * WIDTH + id.x;
  let mean = vec4<f32>(shape.mean_r, shape.mean_g, shape.mean_b, 0.0);
  var value = photo[at];
  if (MODE == 1u) {
    value = upsampled(id.z, id.x, id.y);
  } else if (MODE == 2u) {
    value += upsampled(id.z, id.x, id.y);
  } else if (MODE == 3u) {
    let turn = ((shape.first_sample + id.z) >> 1u) % shape.fill_count;
    let kind = (shape.fills >> (2u * turn)) & 3u;
    var fill = mean;
    if ((KINDS & 2u) != 0u) { if (kind == 1u) { fill = blurred[at]; } }
    if ((KINDS & 4u) != 0u) { if (kind == 2u) { fill = upsampled(id.z, id.x, id.y); } }
    if ((KINDS & 8u) != 0u) { if (kind == 3u) { fill = upsampled_inpainting(id.z, id.x, id.y); } }
    value = mix(fill, value, gate(id.z, id.x, id.y));
  }
  value = clamp(value, vec4<f32>(), vec4<f32>(1.0));
  let deviation = vec4<f32>(shape.deviation_r, shape.deviation_g, shape.deviation_b, 1.0);
  let seen = ((value - mean) / deviation).xyz;
  // ITU-R 601-2, as Pillow's "L" has it.
  let luma = vec3<f32>(dot(seen, vec3<f32>(0.299, 0.587, 0.114)), 0.0, 0.0);
  out[id.z * HEIGHT * WIDTH + at] = vec4<f32>(select(select(seen, seen.zyx, ORDER == 1u), luma, ORDER == 2u), 0.0);
}
