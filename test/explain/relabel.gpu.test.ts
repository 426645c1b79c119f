import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neighboursOf } from "../../src/explain/relabel/synthetic-images.ts";
import { type Photo, Session } from "../../src/faces/all.ts";
import { everyNth, type Golden, readGolden, worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";

/** What reference/relabel.py finds of cat.jpg, with no label near the boundary: see `relabelled` in reference/oracles.py. */
interface Facts extends Record<"samples" | "seed" | "step" | "target" | "probability" | "shiftedShare" | "largest", number> {
  size: [height: number, width: number];
}

let photo: Photo;
let golden: Golden;
/** One device for both sizes: most kernels are the same. */
let device: GPUDevice;

beforeAll(async () => {
  photo = await decodeExample("cat.jpg");
  golden = await readGolden("relabel");
  device = await sharedDevice();
}, 60_000);

// More samples of a size that is not square, and, in the long run, few of the one that gates, cells and lengths are meant for, at which
// nothing is scaled.
describe.each(LONG ? ["224x224", "96x128"] : ["96x128"])("%s", (key) => {
  let facts: Facts;
  let session: Session;

  const reference = (name: string) => golden.tensors.get(`${key}.${name}`)?.values as Float32Array;

  beforeAll(async () => {
    facts = (golden.facts as { cases: Facts[] }).cases.find(({ size }) => size.join("x") === key) as Facts;
    const [height, width] = facts.size;
    session = await Session.create({ weights: fetchWeights, device, batch: 8, input: { height, width } });
  }, 60_000);

  afterAll(() => session.dispose());

  test("by default settings EfficientNet-Lite0 is explained as by the reference in PyTorch", async () => {
    const { size, samples, seed, step, target, probability, shiftedShare, largest } = facts;
    const found = await session.explain(photo, { samples, seed });
    expect(found).toMatchObject({ method: "relabel", synthesis: "gated", samples, seed, aborted: false });
    expect(found.settings).toMatchObject({ gates: "balanced", fill: ["inpaint"], student: "correlation", fit: "crop" });
    expect(found.target.index).toBe(target);
    expect(found.target.probability).toBeCloseTo(probability, 4);
    expect(found.shiftedShare).toBeCloseTo(shiftedShare, 12);
    for (const seconds of Object.values(found.seconds)) expect(seconds).toBeGreaterThan(0);
    const map = found.map as Float32Array;
    const pixels = size[0] * size[1];
    expect([map.length, found.input.length, map.every(Number.isFinite)]).toEqual([pixels, pixels * 4, true]);
    expect(worstError(everyNth(map, found, step), reference("map"))).toBeLessThan(2e-5);
    expect(Math.max(...map.map(Math.abs)) / largest).toBeCloseTo(1, 2);
  });

  test("and its samples have the reference's probabilities and labels", async () => {
    const { samples, seed } = facts;
    const { probabilities, kept } = await neighboursOf(session, photo, { samples, seed }, async (_, { neighbours }) => neighbours);
    expect([...kept]).toEqual([...reference("labels")]);
    expect(probabilities).toHaveLength(samples);
    // f32 through fifty layers, on a photo that two decoders have read.
    expect(Math.max(...probabilities.map((p, i) => Math.abs(p - (reference("probabilities")[i] as number))))).toBeLessThan(1e-4);
  });
});
