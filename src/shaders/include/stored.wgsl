// The last step of a store into values between layers, whose type Output is f32 or f16, as that of the tensor.

// 11 bits do not hold this number.
const HALF = f32(Output(2049.0)) != 2049.0;

// What f16 cannot hold becomes an infinity, to be found where it first appears: some adapters would make 65504 of it.
fn stored(value: vec4<f32>) -> vec4<Output> {
  if (HALF) { return vec4<Output>(select(value, value * 3.0e38, abs(value) >= vec4<f32>(65520.0))); }
  return vec4<Output>(value);
}
