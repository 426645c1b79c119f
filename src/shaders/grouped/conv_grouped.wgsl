// Convolution of blocks of channels that do not meet, with a fused epilogue: out = activation(conv(image) + bias + residual).
//
// image     batch x height x width x channels, blocks of block_inputs4 vec4s
// weights   (kernel_y, kernel_x, input of the block) x columns, in Weight precision
// bias      columns, blocks of block_columns4 vec4s
// residual, out: batch x out_height x out_width x out_columns, the kernel's from vec4 out_first4 on
// Mapping   a thread owns 7 neighbouring pixels of a line (y counts groups of 7, z lines of the batch) by TILE_COLUMNS vec4 columns of one block
//           (x). A window slides along the line, so every value is loaded once a line.
// Used by   grouped convolutions and depthwise ones with several outputs a channel, forward and transposed.
// Bound by  arithmetic where blocks are wide; of one vec4, bytes.

const WORKGROUP_X: u32 = 16;
const WORKGROUP_Y: u32 = 4;
const TILE_PIXELS: u32 = 7;
// 1 or 2; 2 where blocks have an even number of vec4 columns.
const TILE_COLUMNS: u32 = 2;
alias Weight = f32;
alias Input = f32;
alias Output = f32;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  channels4: u32,
  out_height: u32,
  out_width: u32,
  columns4: u32,
  out_columns4: u32,
  out_first4: u32,
  block_inputs4: u32,
  block_columns4: u32,
  kernel_y: u32,
  kernel_x: u32,
  stride_y: u32,
  stride_x: u32,
  dilation_y: u32,
  dilation_x: u32,
  pad_top: i32,
  pad_left: i32,
  has_residual: u32,
  low: f32,
  high: f32,
}

@group(0) @binding(0) var<storage, read> image: array<vec4<Input>>;
@group(0) @binding(1) var<storage, read> weights: array<vec4<Weight>>;
@group(0) @binding(2) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<Output>>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<Output>>;
@group(0) @binding(5) var<uniform> shape: Shape;

// include activate.wgsl
// include stored.wgsl

fn pixel(line: u32, channel: u32, x: i32) -> vec4<f32> {
  let inside = x >= 0 && x < i32(shape.width);
  let at = (line + select(0u, u32(x), inside)) * shape.channels4 + channel;
  return select(vec4<f32>(), vec4<f32>(image[at]), inside);
}

fn matrix(at: u32) -> mat4x4<f32> {
  let n = shape.columns4;
  return mat4x4<f32>(
    vec4<f32>(weights[at]), vec4<f32>(weights[at + n]), vec4<f32>(weights[at + 2u * n]), vec4<f32>(weights[at + 3u * n]));
}

fn store(x: u32, line: u32, column: u32, sum: vec4<f32>) {
  if (x >= shape.out_width) {
    return;
  }
  let at = (line * shape.out_width + x) * shape.out_columns4 + shape.out_first4 + column;
  var value = sum + bias[column];
  if (shape.has_residual == 1u) { value += vec4<f32>(residual[at]); }
  out[at] = stored(activate(value, shape.low, shape.high));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let column = id.x * TILE_COLUMNS;
  let x = id.y * TILE_PIXELS;
  if (column >= shape.columns4 || x >= shape.out_width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.out_height;
  let top = i32((id.z - batch * shape.out_height) * shape.stride_y) - shape.pad_top;
  let left = i32(x * shape.stride_x) - shape.pad_left;
  let stride = i32(shape.stride_x);
  let dilation = i32(shape.dilation_x);
  // A stride of 2 has a window for the even and one for the odd taps; where taps lie apart, each has its own.
  let phases = select(i32(shape.kernel_x), stride, dilation == 1);
  let first_channel = column / shape.block_columns4 * shape.block_inputs4;
  var s0 = vec4<f32>(); var s1 = vec4<f32>(); var s2 = vec4<f32>(); var s3 = vec4<f32>(); var s4 = vec4<f32>(); var s5 = vec4<f32>();
  var s6 = vec4<f32>();
  // Of the second column, where a thread has one.
  var t0 = vec4<f32>(); var t1 = vec4<f32>(); var t2 = vec4<f32>(); var t3 = vec4<f32>(); var t4 = vec4<f32>(); var t5 = vec4<f32>();
  var t6 = vec4<f32>();
  for (var ky = 0; ky < i32(shape.kernel_y); ky++) {
    let y = top + ky * i32(shape.dilation_y);
    if (y < 0 || y >= i32(shape.height)) {
      continue;
    }
    let line = (batch * shape.height + u32(y)) * shape.width;
    for (var input = 0u; input < shape.block_inputs4; input++) {
      let channel = first_channel + input;
      for (var phase = 0; phase < phases; phase++) {
        let at = left + phase * dilation;
        var v0 = pixel(line, channel, at);
        var v1 = pixel(line, channel, at + stride);
        var v2 = pixel(line, channel, at + 2 * stride);
        var v3 = pixel(line, channel, at + 3 * stride);
        var v4 = pixel(line, channel, at + 4 * stride);
        var v5 = pixel(line, channel, at + 5 * stride);
        for (var kx = phase; kx < i32(shape.kernel_x); kx += phases) {
          let v6 = pixel(line, channel, left + kx * dilation + 6 * stride);
          let weight = (u32(ky * i32(shape.kernel_x) + kx) * shape.block_inputs4 + input) * 4u * shape.columns4 + column;
          let p = matrix(weight);
          s0 += p * v0; s1 += p * v1; s2 += p * v2; s3 += p * v3; s4 += p * v4; s5 += p * v5; s6 += p * v6;
          if (TILE_COLUMNS == 2u) {
            let q = matrix(weight + 1u);
            t0 += q * v0; t1 += q * v1; t2 += q * v2; t3 += q * v3; t4 += q * v4; t5 += q * v5; t6 += q * v6;
          }
          v0 = v1; v1 = v2; v2 = v3; v3 = v4; v4 = v5; v5 = v6;
        }
      }
    }
  }
  store(x, id.z, column, s0); store(x + 1u, id.z, column, s1); store(x + 2u, id.z, column, s2); store(x + 3u, id.z, column, s3);
  store(x + 4u, id.z, column, s4); store(x + 5u, id.z, column, s5); store(x + 6u, id.z, column, s6);
  if (TILE_COLUMNS == 2u) {
    store(x, id.z, column + 1u, t0); store(x + 1u, id.z, column + 1u, t1); store(x + 2u, id.z, column + 1u, t2);
    store(x + 3u, id.z, column + 1u, t3); store(x + 4u, id.z, column + 1u, t4); store(x + 5u, id.z, column + 1u, t5);
    store(x + 6u, id.z, column + 1u, t6);
  }
}
