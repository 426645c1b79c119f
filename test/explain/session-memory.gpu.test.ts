import { beforeAll, describe, expect, test } from "vitest";
import { Session } from "../../src/faces/all.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { fetchWeights } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { readToyWeights, TOY } from "../support/toy-teacher.ts";
import { patchwork } from "./calls.ts";

let device: GPUDevice;

beforeAll(async () => {
  device = await sharedDevice();
});

describe("a memory budget", () => {
  const SHORT = { samples: 16, seed: 3 };
  /** Of 224 x 224 pixels, so that a batch is most of what it takes; and a photo on which it wavers. */
  const LARGER = { model: TOY, weights: readToyWeights };
  const photo = patchwork();
  const memory = 13e6;

  test("makes the batch smaller and is never exceeded, and the map stays the same", async () => {
    const roomy = await Session.create({ ...LARGER, device, batch: 8 });
    const { map, memory: whole } = await roomy.explain(photo, SHORT);
    roomy.dispose();
    expect(whole.budget).toBe(2 ** 30);
    expect(whole.peak).toBeGreaterThan(memory);
    const tight = await Session.create({ ...LARGER, device, memory });
    const same = await tight.explain(photo, SHORT);
    expect(same.settings.batch).toBeLessThan(8);
    expect(same.memory).toEqual({ budget: memory, peak: expect.any(Number) });
    expect(worstError(same.map as Float32Array, map as Float32Array)).toBeLessThan(1e-5);
    // Another student takes other buffers.
    const ridge = await tight.explain(photo, { ...SHORT, student: "ridge" });
    expect(ridge.map?.every(Number.isFinite)).toBe(true);
    expect(ridge.memory.peak).toBeLessThanOrEqual(memory);
    tight.dispose();
  });

  test("that the weights or the batch asked for exceed is refused with the numbers", async () => {
    expect(await rejected(Session.create({ device, weights: fetchWeights, memory: 10e6 }))).toMatchObject({
      code: "OUT_OF_MEMORY",
      message: expect.stringContaining("of the memory budget of 10.0 MB are in use"),
    });
    const tight = await Session.create({ ...LARGER, device, memory, batch: 32 });
    expect(await rejected(tight.explain(photo, SHORT))).toMatchObject({ code: "OUT_OF_MEMORY", fix: expect.stringContaining("batch") });
    // A smaller task still fits.
    expect((await tight.classify(photo)).top5).toHaveLength(5);
    tight.dispose();
    expect(await rejected(Session.create({ weights: fetchWeights, memory: 0 }))).toMatchObject({ code: "BAD_OPTION" });
  });
});
