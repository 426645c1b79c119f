import type { Blur } from "../../src/evaluate/protocols.ts";
import type { Size } from "../../src/nets/input-spec.ts";

/** A photo (height x width x 4) blurred along both axes, pixel by pixel, in float64. */
export function blurPlainly(photo: Float32Array, { height, width }: Size, { taps, border }: Blur): Float32Array<ArrayBuffer> {
  const reach = taps.length - 1;
  const pass = (values: Float64Array, size: number, step: number, lines: number, other: number) => {
    const out = new Float64Array(values.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < size; at++) {
        for (let tap = -reach; tap <= reach; tap++) {
          let place = at + tap;
          if (border === "mirror") place = place < 0 ? -place : place >= size ? 2 * size - 2 - place : place;
          if (border === "repeat") place = Math.min(Math.max(place, 0), size - 1);
          if (place < 0 || place >= size) continue;
          const weight = taps[Math.abs(tap)] as number;
          for (let c = 0; c < 4; c++) {
            const target = line * other + at * step + c;
            out[target] = (out[target] as number) + weight * (values[line * other + place * step + c] as number);
          }
        }
      }
    }
    return out;
  };
  const across = pass(Float64Array.from(photo), width, 4, height, 4 * width);
  return Float32Array.from(pass(across, height, 4 * width, width, 4));
}
