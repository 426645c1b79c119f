// The vec4 of an operand, `a` or `b`, that meets vec4 `at` of an output of shape.width, shape.height and shape.channels4. Steps count vec4s of
// the operand from an image, line, pixel and vec4 of the output to the next; 0 along an axis on which one value meets all.

// 0: of the output's shape; 1: one value meets all along some axis; 2: also along the channels; 3: a vector for all pixels of an image.
const A_FORM: u32 = 0;
const B_FORM: u32 = 0;

fn meeting(at: u32, image: u32, line: u32, pixel: u32, vector: u32) -> u32 {
  let p = at / shape.channels4;
  let l = p / shape.width;
  let n = l / shape.height;
  return n * image + (l - n * shape.height) * line + (p - l * shape.width) * pixel + (at - p * shape.channels4) * vector;
}

// The same of 1 x 1 x channels, as gates are: with fewer divisions.
fn meeting_vector(at: u32, image: u32) -> u32 {
  return at / (shape.height * shape.width * shape.channels4) * image + at % shape.channels4;
}

fn a_at(at: u32) -> vec4<f32> {
  if (A_FORM == 0u) { return vec4<f32>(a[at]); }
  if (A_FORM == 3u) { return vec4<f32>(a[meeting_vector(at, shape.a_image)]); }
  let value = vec4<f32>(a[meeting(at, shape.a_image, shape.a_line, shape.a_pixel, shape.a_vector)]);
  if (A_FORM == 2u) { return vec4<f32>(value.x); }
  return value;
}

fn b_at(at: u32) -> vec4<f32> {
  if (B_FORM == 0u) { return vec4<f32>(b[at]); }
  if (B_FORM == 3u) { return vec4<f32>(b[meeting_vector(at, shape.b_image)]); }
  let value = vec4<f32>(b[meeting(at, shape.b_image, shape.b_line, shape.b_pixel, shape.b_vector)]);
  if (B_FORM == 2u) { return vec4<f32>(value.x); }
  return value;
}

// 0 for the channels that pad the others.
fn without_padding(value: vec4<f32>, at: u32) -> vec4<f32> {
  if (shape.channels == 4u * shape.channels4) { return value; }
  let channel = at % shape.channels4 * 4u;
  let real = vec4<u32>(channel, channel + 1u, channel + 2u, channel + 3u) < vec4<u32>(shape.channels);
  return select(vec4<f32>(), value, real);
}
