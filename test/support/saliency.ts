import type { Size } from "../../src/nets/input-spec.ts";

/** A square grid of values, every cell as a block of equal pixels: a map that is almost all ties. */
export function blocks(cells: ArrayLike<number>, { height, width }: Size): Float64Array {
  const grid = Math.sqrt(cells.length);
  const line = (y: number) => grid * Math.floor((y * grid) / height);
  return Float64Array.from(
    { length: height * width },
    (_, at) => cells[line(Math.floor(at / width)) + Math.floor(((at % width) * grid) / width)] as number,
  );
}
