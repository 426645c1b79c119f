const SIZE = 224;

/** A square grid of values, every cell as a block of equal pixels: a map that is almost all ties. */
export function blocks(cells: ArrayLike<number>): Float64Array {
  const across = Math.sqrt(cells.length);
  const side = SIZE / across;
  return Float64Array.from(
    { length: SIZE * SIZE },
    (_, at) => cells[Math.floor(at / SIZE / side) * across + Math.floor((at % SIZE) / side)] as number,
  );
}
