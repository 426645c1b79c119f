// Bilinear interpolation with half-pixel centres and clamped edges, no antialiasing: exact for upsampling.
//
// image     batch x height x width x channels, channels padded to 4
// out       batch x out_height x out_width x channels
// Mapping   a thread owns 4 channels (x) of one output pixel (y: column, z: line of the batch).
// Used by   the VAE's decoder and saliency maps.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// include stored.wgsl

fn source(at: u32, size: u32, out_size: u32) -> f32 {
  return clamp((f32(at) + 0.5) * f32(size) / f32(out_size) - 0.5, 0.0, f32(size - 1u));
}

fn pixel(at: u32, channel: u32) -> vec4<f32> {
  return vec4<f32>(image[at * shape.channels4 + channel]);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let y = source(id.z - batch * shape.out_height, shape.height, shape.out_height);
  let x = source(id.y, shape.width, shape.out_width);
  let y0 = u32(y);
  let x0 = u32(x);
  let y1 = min(y0 + 1u, shape.height - 1u);
  let x1 = min(x0 + 1u, shape.width - 1u);
  let top = (batch * shape.height + y0) * shape.width;
  let bottom = (batch * shape.height + y1) * shape.width;
  let fraction = vec2<f32>(x - f32(x0), y - f32(y0));
  let above = mix(pixel(top + x0, id.x), pixel(top + x1, id.x), fraction.x);
  let below = mix(pixel(bottom + x0, id.x), pixel(bottom + x1, id.x), fraction.x);
  out[(id.z * shape.out_width + id.y) * shape.channels4 + id.x] = stored(mix(above, below, fraction.y));
}
