/** The masks of RISE as other libraries take them: small grids, and what stretches them. */
import type { Engine } from "../src/engine/engine.ts";
import { PlanBuilder } from "../src/engine/plan.ts";
import { riseGrids } from "../src/explain/perturb/rise-grids.ts";
import type { Size } from "../src/nets/input-spec.ts";

type Floats = Float32Array<ArrayBuffer>;

/** Of every mask in turn what `MASK_INPUTS` lists; a mask is the product of the three matrices. */
export interface Masks {
  readonly count: number;
  readonly parts: readonly [rows: Floats, grids: Floats, columns: Floats];
}

/** The masks that the engine's own method draws. */
export async function drawMasks(
  engine: Engine,
  input: Size,
  { count, cells, keep, seed }: Record<"count" | "cells" | "keep" | "seed", number>,
): Promise<Masks> {
  const geometry = riseGrids(input, cells);
  const plan = new PlanBuilder(engine, "masks");
  const tensor = engine.tensor("grids", [count, geometry.stride]);
  try {
    geometry.append(plan, count, tensor, { seed, keep });
    await plan.once();
    const drawn = await tensor.read();
    const { height, width } = input;
    const rows = new Float32Array(count * height * cells);
    const grids = new Float32Array(count * cells * cells);
    const columns = new Float32Array(count * cells * width);
    for (let mask = 0; mask < count; mask++) {
      const values = drawn.subarray(mask * geometry.stride, (mask + 1) * geometry.stride);
      const [right, down] = values.subarray(geometry.stride - 4);
      grids.set(values.subarray(0, cells * cells), mask * cells * cells);
      stretch(cells, geometry.stretched.y, down as number, height, (at, cell, share) => {
        const index = (mask * height + at) * cells + cell;
        rows[index] = (rows[index] as number) + share;
      });
      stretch(cells, geometry.stretched.x, right as number, width, (at, cell, share) => {
        const index = (mask * cells + cell) * width + at;
        columns[index] = (columns[index] as number) + share;
      });
    }
    return { count, parts: [rows, grids, columns] };
  } finally {
    tensor.dispose();
  }
}

/** Tells the share of each cell at each of `pixels` places along an axis: bilinear, half-pixel centres, mirrored beyond the grid. */
function stretch(
  cells: number,
  stretched: number,
  shift: number,
  pixels: number,
  add: (at: number, cell: number, share: number) => void,
): void {
  const mirrored = (index: number) => (Math.abs(index) > cells - 1 ? 2 * (cells - 1) - Math.abs(index) : Math.abs(index));
  for (let at = 0; at < pixels; at++) {
    const place = ((at + shift + 0.5) * cells) / stretched - 0.5;
    const low = Math.floor(place);
    add(at, mirrored(low), 1 - (place - low));
    add(at, mirrored(low + 1), place - low);
  }
}
