import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { type ExplainOptions, settle } from "../../src/explain/explain-options.ts";
import { type Description, drawNeighbours, THUMBNAIL_SIZE } from "../../src/explain/relabel/synthetic-images.ts";
import { makeScene } from "../../src/explain/scene.ts";
import { IMAGENET_INPUT } from "../../src/nets/input-spec.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { Vae } from "../../src/zoo/vae.ts";
import { rejected } from "../support/errors.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { toyTeacher } from "../support/toy-teacher.ts";

const TARGET = 3;

let engine: Engine;
let teacher: Teacher;
let scene: ReturnType<typeof makeScene>;

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await toyTeacher(engine);
  scene = makeScene(engine, IMAGENET_INPUT);
  await preparePhoto(engine, await decodeExample("cat.jpg"), teacher.input, scene.crop, scene.small);
});

afterAll(() => {
  scene.dispose();
  teacher.dispose();
});

async function draw(description: Description, given: ExplainOptions, batch: number, vae?: Vae) {
  const request = { engine, teacher, vae, scene, settings: settle(given, true), target: TARGET, signal: given.signal };
  const neighbours = await drawNeighbours({ ...request, batch: { most: batch, exact: true } }, description);
  const rows = await neighbours.matrix.read();
  neighbours.dispose();
  return { ...neighbours, rows, columns: rows.length / (given.samples as number) };
}

describe("neighbours of a photo", () => {
  test("are the same in any batch: features of the teacher, labels and pictures", async () => {
    const before = engine.memory.used;
    const one = await draw("features", { samples: 10 }, 4);
    const other = await draw("features", { samples: 10 }, 10);
    expect(one.columns).toBe(40);
    expect(one.described).toBe("40 features before the last layer");
    expect(one.rows).toEqual(other.rows);
    expect(new Set(Array.from({ length: 10 }, (_, i) => one.rows.subarray(40 * i, 40 * i + 40).join())).size).toBe(10);
    expect(one.thumbnails).toEqual(other.thumbnails);
    expect(one.thumbnails).toHaveLength(10 * THUMBNAIL_SIZE ** 2 * 4);
    expect(one.probabilities).toEqual(other.probabilities);
    expect(one.choices).toEqual(other.choices);
    expect(one.shiftedShare).toBeCloseTo(one.choices.filter((choice) => choice !== TARGET).length / 10, 6);
    // Staging buffers stay for the next one to read back.
    expect(engine.memory.used - before).toBeLessThan(2 ** 21);
  });

  test("pixels are the pictures, and these show what gates keep and the fill", async () => {
    const { rows, thumbnails, columns } = await draw("pixels", { samples: 4, fill: ["grey"] }, 4);
    expect(columns).toBe(THUMBNAIL_SIZE ** 2 * 4);
    expect(rows.every((value, at) => Math.abs(value * 255 - (thumbnails[at] as number)) < 1e-3)).toBe(true);
    const [small, gates] = [await scene.small.read(), await draw("latents", { samples: 4 }, 4)];
    // Of two complementary images, photo and fill add up: grey is the mean colour.
    for (let at = 0; at < small.length; at++) {
      const expected = at % 4 === 3 ? 2 : (small[at] as number) + (teacher.input.mean[at % 4] as number);
      expect(Math.abs((rows[at] as number) + (rows[small.length + at] as number) - expected)).toBeLessThan(1.1 / 255 + 1e-3);
    }
    expect(gates.described).toBe("gates, 32 x 32");
    expect(gates.rows.subarray(0, 1024).every((value, cell) => Math.abs(value + (gates.rows[1024 + cell] as number)) < 1e-5)).toBe(true);
  });

  test("latents of paper synthesis lie around the photo's own", async () => {
    const file = "vae.safetensors";
    const vae = await Vae.load(engine, await openWeights(await fetchWeights(file), file));
    const { rows, columns, facts } = await draw("latents", { samples: 2, synthesis: "paper", noiseScale: 1e-6 }, 2, vae);
    const mu = await scene.mu.read();
    vae.dispose();
    expect(columns).toBe(500);
    expect(facts.noiseScale).toBe(1e-6);
    expect(rows.every((value, at) => Math.abs(value - (mu[at % 500] as number)) < 1e-3)).toBe(true);
    expect(rows.subarray(0, 500)).not.toEqual(rows.subarray(500));
  });

  test("an abort ends it and leaves nothing", async () => {
    const before = engine.memory.used;
    expect(await rejected(draw("pixels", { samples: 8, signal: AbortSignal.abort() }, 4))).toMatchObject({ code: "ABORTED" });
    expect(engine.memory.used).toBe(before);
  });
});
