import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { appendInpainting, inpaintedShape } from "../../src/explain/relabel/inpainting.ts";
import { IMAGENET_INPUT } from "../../src/nets/input-spec.ts";
import { Random } from "../support/random.ts";
import { type Gate, packGate, referenceMask } from "../support/reference-random.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const INPUT_SIZE = 224;
const INPAINTED = 56;
const CELL = INPUT_SIZE / INPAINTED;
const MEAN = [0.4, 0.5, 0.6] as const;

let engine: Engine;
const random = new Random(8);
const photo = random.floats(INPUT_SIZE ** 2 * 4, 0, 1);
/** Half of the cells kept; a single one, so that the wide Gaussian decides in most places. */
const GATES: Gate[] = [
  { cells: Array.from({ length: 49 }, () => random.integer(0, 1)), shift: [13, 30] },
  { cells: Array.from({ length: 49 }, (_, cell) => Number(cell === 16)), shift: [0, 5] },
];

beforeAll(async () => {
  engine = await sharedEngine();
});

async function inpaint(image: Float32Array): Promise<Float32Array> {
  const tensors = {
    photo: engine.tensor("photo", [INPUT_SIZE, INPUT_SIZE, 4], image),
    gates: engine.tensor("gates", [GATES.length, 52], Float32Array.from(GATES.flatMap(packGate))),
    out: engine.tensor("inpainted", inpaintedShape(IMAGENET_INPUT, GATES.length)),
  };
  const plan = new PlanBuilder(engine, "inpaint");
  appendInpainting(plan, { batch: GATES.length, input: { ...IMAGENET_INPUT, mean: MEAN }, ...tensors });
  await plan.once();
  const values = await tensors.out.read();
  for (const tensor of Object.values(tensors)) tensor.dispose();
  return values;
}

/** Sums over a line of cells, weighed by a Gaussian cut off at 3 sigma; beyond the ends the outermost cell goes on. */
function blurred(line: readonly number[], sigma: number): number[] {
  const taps = Array.from({ length: 6 * sigma + 1 }, (_, i) => Math.exp(-(((i - 3 * sigma) / sigma) ** 2) / 2));
  const total = taps.reduce((sum, tap) => sum + tap);
  const at = (place: number) => line[Math.min(Math.max(place, 0), line.length - 1)] as number;
  return line.map((_, place) => taps.reduce((sum, tap, i) => sum + tap * at(place + i - 3 * sigma), 0) / total);
}

function transpose(rows: readonly number[][]): number[][] {
  return (rows[0] as number[]).map((_, column) => rows.map((row) => row[column] as number));
}

/** One colour of what is kept, or where absent how much is, by cells. */
function kept(gate: Gate, channel?: number): number[][] {
  const cells = Array.from({ length: INPAINTED }, () => new Array<number>(INPAINTED).fill(0));
  for (let y = 0; y < INPUT_SIZE; y++) {
    const row = cells[Math.floor(y / CELL)] as number[];
    for (let x = 0; x < INPUT_SIZE; x++) {
      const value = channel === undefined ? 1 : (photo[(y * INPUT_SIZE + x) * 4 + channel] as number);
      row[Math.floor(x / CELL)] = (row[Math.floor(x / CELL)] as number) + (referenceMask(gate, x, y) * value) / CELL ** 2;
    }
  }
  return cells;
}

/** 0.01 of the wide blur beside the narrow one, and 1e-6 of the mean colour. */
function seen(cells: number[][], grey: number): number[][] {
  const both = [3, 12].map((sigma) => transpose(transpose(cells.map((row) => blurred(row, sigma))).map((row) => blurred(row, sigma))));
  const [near, wide] = both as [number[][], number[][]];
  return near.map((row, y) => row.map((value, x) => value + 0.01 * (wide[y]?.[x] as number) + 1e-6 * grey));
}

test("the hidden part takes the colours that are kept around it", async () => {
  const values = await inpaint(photo);
  let largest = 0;
  GATES.forEach((gate, sample) => {
    const weights = seen(kept(gate), 1);
    MEAN.forEach((grey, channel) => {
      seen(kept(gate, channel), grey).forEach((row, y) => {
        row.forEach((value, x) => {
          const at = ((sample * INPAINTED + y) * INPAINTED + x) * 4 + channel;
          largest = Math.max(largest, Math.abs((values[at] as number) - value / (weights[y]?.[x] as number)));
        });
      });
    });
  });
  // Colours up to 1: about 150 roundings of the sums above and below, and an exponential good to a few units.
  expect(largest).toBeLessThan(2e-5);
});

test("nothing of what is hidden shows through", async () => {
  const other = photo.map((value, i) => {
    const pixel = i >> 2;
    const hidden = GATES.every((gate) => referenceMask(gate, pixel % INPUT_SIZE, Math.floor(pixel / INPUT_SIZE)) === 0);
    return hidden ? 1 - value : value;
  });
  expect(other).not.toEqual(photo);
  expect(await inpaint(other)).toEqual(await inpaint(photo));
});
