/** Decodes the two kinds of 16-bit floats that files keep weights in. */

/** Half precision to single, exactly. */
export function decodeHalf(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i] as number;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) {
      values[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    } else {
      words[i] = (sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0;
    }
  }
  return values;
}

/** The upper half of single precision (bfloat16). */
export function decodeBrain(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}
