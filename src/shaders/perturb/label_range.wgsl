// Keeps the range of the target's probability over all images so far, which tells whether a map has anything to show.
//
// labels    rows x 4, as softmax.wgsl writes them
// range     4: smallest and largest probability, their sum, and the number of images; zeros before the first
// Mapping   one thread goes through the rows of a batch.
// Used by   methods that perturb the photo.
// Bound by  launches.

const WORKGROUP_X: u32 = 1;

struct Shape {
  rows: u32,
  first_row: u32,
}

@group(0) @binding(0) var<storage, read> labels: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> range: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> shape: Shape;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x > 0u) {
    return;
  }
  var seen = range[0];
  for (var row = shape.first_row; row < shape.first_row + shape.rows; row++) {
    let probability = labels[row].x;
    let known = seen.w > 0.0;
    seen = vec4<f32>(
      select(probability, min(seen.x, probability), known),
      select(probability, max(seen.y, probability), known),
      seen.z + probability,
      seen.w + 1.0,
    );
  }
  range[0] = seen;
}
