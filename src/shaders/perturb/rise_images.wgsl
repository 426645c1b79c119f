// Masks the photo with the grids of RISE: photo * mask, so that hidden pixels fade to the mean grey (Petsiuk et al. 2018, eq. 6).
//
// photo     height x width x 4, normalised
// grids     samples x stride4 x 4, as rise_grids.wgsl writes them
// out       samples x height x width x 4
// Mapping   a thread owns one pixel (x, y) of one sample (z).
// Used by   RISE.
// Bound by  bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;

struct Shape {
  samples: u32,
  cells: u32,
  stride4: u32,
  // Pixels to which a grid is stretched.
  stretched_x: u32,
  stretched_y: u32,
}

@group(0) @binding(0) var<storage, read> photo: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> grids: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> shape: Shape;

const HEIGHT: u32 = 224;
const WIDTH: u32 = 224;

// Beyond the grid its cells are mirrored, without the outermost again.
fn mirrored(index: i32) -> u32 {
  let last = i32(shape.cells) - 1;
  let beyond = abs(index);
  return u32(select(beyond, 2 * last - beyond, beyond > last));
}

// The grid stretched to that many pixels and read at the shift: bilinear, half-pixel centres.
fn mask(sample: u32, x: u32, y: u32) -> f32 {
  let start = sample * shape.stride4 * 4u;
  let shift = start + shape.stride4 * 4u - 4u;
  let u = (f32(x) + grids[shift] + 0.5) * (f32(shape.cells) / f32(shape.stretched_x)) - 0.5;
  let v = (f32(y) + grids[shift + 1u] + 0.5) * (f32(shape.cells) / f32(shape.stretched_y)) - 0.5;
  let left = floor(u);
  let top = floor(v);
  let x0 = mirrored(i32(left));
  let x1 = mirrored(i32(left) + 1);
  let above = start + mirrored(i32(top)) * shape.cells;
  let below = start + mirrored(i32(top) + 1) * shape.cells;
  let upper = mix(grids[above + x0], grids[above + x1], u - left);
  return mix(upper, mix(grids[below + x0], grids[below + x1], u - left), v - top);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= WIDTH || id.y >= HEIGHT || id.z >= shape.samples) {
    return;
  }
  let at = id.y * WIDTH + id.x;
  out[id.z * HEIGHT * WIDTH + at] = photo[at] * mask(id.z, id.x, id.y);
}
