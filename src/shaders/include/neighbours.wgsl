// Sums over neighbouring channels for local response norms, of an `image` of pixels x shape.channels, padded to 4.

// A channel of a pixel that begins at `start`; 0 beyond the first and the last.
fn channel_at(start: u32, channel: i32) -> f32 {
  if (channel < 0 || channel >= i32(shape.channels)) { return 0.0; }
  let c = u32(channel);
  return f32(image[start + c / 4u][c % 4u]);
}

// k + alpha / size times the sum of squares of the channels from size / 2 before this one to (size - 1) / 2 behind it.
fn divisor(start: u32, channel: i32) -> f32 {
  let size = i32(shape.size);
  var sum = 0.0;
  for (var c = channel - size / 2; c <= channel + (size - 1) / 2; c++) {
    let value = channel_at(start, c);
    sum += value * value;
  }
  return shape.k + shape.alpha / f32(size) * sum;
}
