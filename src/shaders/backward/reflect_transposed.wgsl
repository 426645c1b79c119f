// A padding by reflection transposed: every pixel gets the gradients of itself and of its reflections.
//
// gradient  batch x out_height x out_width x channels, channels padded to 4
// out       batch x height x width x channels
// Mapping   a thread owns 4 channels (x) of one pixel of the image (y: column, z: line of the batch). Along each axis the pixel is in at most
//           three places: its own and beyond either edge.
// Used by   backward passes.
// Bound by  bytes.

const WORKGROUP_X: u32 = 8;
const WORKGROUP_Y: u32 = 8;

struct Shape {
  lines: u32,
  height: u32,
  width: u32,
  out_height: u32,
  out_width: u32,
  channels4: u32,
  top: i32,
  left: i32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

// Place `which` of a pixel along an axis; -1 where there is none. A pixel at an edge is not reflected by it.
fn place(which: u32, at: u32, size: u32, before: i32, out_size: u32) -> i32 {
  var reflected = i32(at);
  if (which == 1u) { reflected = -i32(at); }
  if (which == 2u) { reflected = 2 * i32(size) - 2 - i32(at); }
  if (which > 0u && reflected == i32(at)) { return -1; }
  let found = reflected + before;
  return select(-1, found, found >= 0 && found < i32(out_size));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= shape.channels4 || id.y >= shape.width || id.z >= shape.lines) {
    return;
  }
  let batch = id.z / shape.height;
  let line = id.z - batch * shape.height;
  var sum = vec4<f32>();
  for (var i = 0u; i < 3u; i++) {
    let y = place(i, line, shape.height, shape.top, shape.out_height);
    if (y < 0) { continue; }
    let start = (batch * shape.out_height + u32(y)) * shape.out_width;
    for (var j = 0u; j < 3u; j++) {
      let x = place(j, id.y, shape.width, shape.left, shape.out_width);
      if (x >= 0) { sum += gradient[(start + u32(x)) * shape.channels4 + id.x]; }
    }
  }
  out[(id.z * shape.width + id.y) * shape.channels4 + id.x] = sum;
}
