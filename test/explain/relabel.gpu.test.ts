import { afterAll, beforeAll, expect, test } from "vitest";
import { neighboursOf } from "../../src/explain/relabel/synthetic-images.ts";
import { type Photo, Session } from "../../src/faces/all.ts";
import { type Golden, readGolden, worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";

/** What reference/relabel.py finds of cat.jpg, with no label near the boundary: see `relabelled` in reference/oracles.py. */
interface Facts extends Record<"samples" | "seed" | "step" | "target" | "probability" | "shiftedShare" | "largest", number> {}

const SIZE = 224;

let photo: Photo;
let golden: Golden;
let session: Session;

beforeAll(async () => {
  photo = await decodeExample("cat.jpg");
  golden = await readGolden("relabel");
  session = await Session.create({ weights: fetchWeights, batch: 8 });
}, 60_000);

afterAll(() => session.dispose());

const reference = (key: string) => golden.tensors.get(key)?.values as Float32Array;

test("by default settings EfficientNet-Lite0 is explained as by the reference in PyTorch", async () => {
  const { samples, seed, step, target, probability, shiftedShare, largest } = golden.facts as Facts;
  const found = await session.explain(photo, { samples, seed });
  expect(found).toMatchObject({ method: "relabel", synthesis: "gated", samples, seed, aborted: false });
  expect(found.settings).toMatchObject({ gates: "balanced", fill: ["inpaint"], student: "smooth", fit: "crop" });
  expect(found.target.index).toBe(target);
  expect(found.target.probability).toBeCloseTo(probability, 4);
  expect(found.shiftedShare).toBeCloseTo(shiftedShare, 12);
  for (const seconds of Object.values(found.seconds)) expect(seconds).toBeGreaterThan(0);
  const map = found.map as Float32Array;
  expect([map.length, found.input.length, map.every(Number.isFinite)]).toEqual([SIZE * SIZE, SIZE * SIZE * 4, true]);
  const side = Math.ceil(SIZE / step);
  const kept = Array.from({ length: side * side }, (_, i) => map[Math.floor(i / side) * step * SIZE + (i % side) * step] as number);
  // The student is held to the same where it is alone: it factors moments in f32, the reference a matrix in float64.
  expect(worstError(kept, reference("map"))).toBeLessThan(1e-3);
  expect(Math.max(...map.map(Math.abs)) / largest).toBeCloseTo(1, 2);
});

test("and its samples have the reference's probabilities and labels", async () => {
  const { samples, seed } = golden.facts as Facts;
  // Fewer samples are the first ones of more.
  const few = LONG ? samples : samples / 2;
  const { probabilities, kept } = await neighboursOf(session, photo, { samples: few, seed }, async (_, { neighbours }) => neighbours);
  expect([...kept]).toEqual([...reference("labels").subarray(0, few)]);
  // f32 through fifty layers, on a photo that two decoders have read.
  expect(Math.max(...probabilities.map((p, i) => Math.abs(p - (reference("probabilities")[i] as number))))).toBeLessThan(1e-4);
  expect(probabilities).toHaveLength(few);
});
