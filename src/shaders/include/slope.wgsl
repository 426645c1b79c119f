// Slopes of the activations of activate.wgsl: of 0 to 4 and 6 from their outputs `y`, of the others, which cannot be inverted, from what went in.

fn slope(y: vec4<f32>, low: f32, high: f32) -> vec4<f32> {
  let one = vec4<f32>(1.0);
  let positive = y > vec4<f32>();
  let square = min(y * y, vec4<f32>(LARGE));
  if (ACTIVATION == 0u) { return select(vec4<f32>(), one, (y > vec4<f32>(low)) & (y < vec4<f32>(high))); }
  if (ACTIVATION == 1u) { return select(vec4<f32>(low), one, positive); }
  if (ACTIVATION == 2u) { return select(y + low, one, positive); }
  if (ACTIVATION == 3u) { return y * (1.0 - y); }
  if (ACTIVATION == 4u) { return 1.0 - y * y; }
  if (ACTIVATION == 6u) { return select(vec4<f32>(), vec4<f32>(low), positive & (y < one)); }
  if (ACTIVATION == 5u) { return gated_slope(y, sigmoid(y), one); }
  if (ACTIVATION == 7u) {
    let gate = y * low + high;
    let inside = (gate > vec4<f32>()) & (gate < one);
    return clamp(gate, vec4<f32>(), one) + select(vec4<f32>(), y * low, inside);
  }
  // The density of the standard normal distribution.
  if (ACTIVATION == 8u) { return normal_distribution(y) + y * 0.3989422804 * exp(-0.5 * square); }
  if (ACTIVATION == 9u) { return gated_slope(y, sigmoid(gelu_exponent(y)), 1.5957691216 * (1.0 + 0.134145 * square)); }
  let tangent = softplus_tangent(y);
  return tangent + y * (1.0 - tangent * tangent) * sigmoid(y);
}

// Of y s(z(y)), where s is the sigmoid and z' is `inner`.
fn gated_slope(y: vec4<f32>, gate: vec4<f32>, inner: vec4<f32>) -> vec4<f32> {
  return gate + y * gate * (1.0 - gate) * inner;
}
