// Activations, the last step of a store: a function of every value, chosen by text. `low` and `high` are its parameters.
// 0 clamp to low ... high    1 leaky ReLU, slope low below 0    2 ELU, alpha low    3 sigmoid    4 tanh    5 SiLU, x sigmoid(x)
// 6 hard sigmoid, low x + high in 0 ... 1    7 hard swish, x times that    8 GELU    9 GELU by tanh    10 Mish, x tanh(ln(1 + e^x))
// What is no finite number stays so, to be found where it first appears. Exponents are never above 0, and squares are cut: nothing overflows.

const ACTIVATION: u32 = 0;
// A square from which on GELUs are 0 or x.
const LARGE = 160.0;

fn activate(value: vec4<f32>, low: f32, high: f32) -> vec4<f32> {
  let odd = (bitcast<vec4<u32>>(value) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u);
  return select(activation(value, low, high), value, odd);
}

fn activation(x: vec4<f32>, low: f32, high: f32) -> vec4<f32> {
  if (ACTIVATION == 0u) { return clamp(x, vec4<f32>(low), vec4<f32>(high)); }
  if (ACTIVATION == 1u) { return select(x * low, x, x > vec4<f32>()); }
  if (ACTIVATION == 2u) { return select((exp(min(x, vec4<f32>())) - 1.0) * low, x, x > vec4<f32>()); }
  if (ACTIVATION == 3u) { return sigmoid(x); }
  if (ACTIVATION == 4u) { return hyperbolic_tangent(x); }
  if (ACTIVATION == 5u) { return x * sigmoid(x); }
  if (ACTIVATION == 6u) { return clamp(x * low + high, vec4<f32>(), vec4<f32>(1.0)); }
  if (ACTIVATION == 7u) { return x * clamp(x * low + high, vec4<f32>(), vec4<f32>(1.0)); }
  if (ACTIVATION == 8u) { return x * normal_distribution(x); }
  if (ACTIVATION == 9u) { return x * sigmoid(gelu_exponent(x)); }
  return x * softplus_tangent(x);
}

fn sigmoid(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  return select(e, vec4<f32>(1.0), x > vec4<f32>()) / (1.0 + e);
}

// For small values by the series, where the quotient would lose digits.
fn hyperbolic_tangent(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-2.0 * abs(x));
  let square = x * x;
  let near = x * (1.0 - square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * 17.0 / 315.0)));
  return select(sign(x) * (1.0 - e) / (1.0 + e), near, abs(x) < vec4<f32>(0.25));
}

// Of the standard normal distribution, the share below x: (1 + erf(x / sqrt 2)) / 2 (Abramowitz & Stegun 1964, eq. 7.1.26, to 8e-8).
fn normal_distribution(x: vec4<f32>) -> vec4<f32> {
  let t = 1.0 / (1.0 + 0.3275911 * 0.70710678 * abs(x));
  let sum = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let above = 0.5 * sum * exp(-0.5 * min(x * x, vec4<f32>(LARGE)));
  return select(above, 1.0 - above, x > vec4<f32>());
}

// tanh(z) = 2 sigmoid(2 z) - 1.
fn gelu_exponent(x: vec4<f32>) -> vec4<f32> {
  return 1.5957691216 * x * (1.0 + 0.044715 * min(x * x, vec4<f32>(LARGE)));
}

// tanh(ln(1 + e^x)) = (e^2x + 2 e^x) / (e^2x + 2 e^x + 2), above 0 divided by e^2x.
fn softplus_tangent(x: vec4<f32>) -> vec4<f32> {
  let e = exp(-abs(x));
  let positive = x > vec4<f32>();
  let part = select(e * (e + 2.0), 1.0 + 2.0 * e, positive);
  return part / (part + select(vec4<f32>(2.0), 2.0 * e * e, positive));
}
