import { beforeAll, describe, expect, test } from "vitest";
import { appendShrink, type Photo, preparePhoto } from "../../src/classify/photo.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { IMAGENET_INPUT, type InputSpec, imageShape } from "../../src/nets/input-spec.ts";
import { rejected } from "../support/errors.ts";
import { readGolden, uniforms } from "../support/golden.ts";
import { sharedEngine } from "../support/shared-engine.ts";

interface ResizeCase {
  name: string;
  seed: number;
  height: number;
  width: number;
  input: Pick<InputSpec, "height" | "width" | "resize" | "channels" | "filter" | "share">;
}

const SQUASHED: InputSpec = { ...IMAGENET_INPUT, resize: "squash" };

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** The oracle's photo: bytes floor(256 u), opaque. */
function photoOf({ seed, height, width }: Omit<ResizeCase, "name" | "input">): Photo {
  const values = uniforms(seed, height * width * 3);
  const data = Uint8Array.from({ length: height * width * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : Math.floor(256 * (values[3 * Math.floor(i / 4) + (i % 4)] as number)),
  );
  return { width, height, data };
}

async function prepare(photo: Photo, input: InputSpec): Promise<Float32Array> {
  const crop = engine.tensor("crop", imageShape(input));
  await preparePhoto(engine, photo, input, crop);
  return crop.read();
}

/** How many values differ from the reference's bytes; a grey one has one for three channels. */
function countDifferences(actual: Float32Array, { shape, values }: { shape: readonly number[]; values: ArrayLike<number> }): number {
  let count = 0;
  for (let i = 0; i < actual.length; i++) {
    if (i % 4 === 3) continue;
    const pixel = Math.floor(i / 4);
    const reference = values[shape.length === 2 ? pixel : 3 * pixel + (i % 4)] as number;
    if (!(Math.abs((actual[i] as number) * 255 - reference) < 1e-3)) count++;
  }
  return count;
}

/** The weights of the VAE's input along one axis of `size` pixels. */
function shrinkTaps(size: number): { at: number; weight: number }[][] {
  const scale = size / 64;
  const support = Math.max(scale, 1);
  return Array.from({ length: 64 }, (_, out) => {
    const weights = Array.from({ length: size }, (_, i) => Math.max(0, 1 - Math.abs(i + 0.5 - (out + 0.5) * scale) / support));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.flatMap((weight, at) => (weight > 0 ? [{ at, weight: weight / total }] : []));
  });
}

describe("resizing", () => {
  test("equals Pillow's bytes, every one of them", async () => {
    const { facts, tensors } = await readGolden("resize");
    for (const testCase of (facts as { cases: ResizeCase[] }).cases) {
      const { input, name } = testCase;
      const reference = tensors.get(name) as Exclude<ReturnType<typeof tensors.get>, undefined>;
      expect(reference.shape.slice(0, 2), name).toEqual([input.height, input.width]);
      const actual = await prepare(photoOf(testCase), { ...IMAGENET_INPUT, ...input });
      expect(countDifferences(actual, reference), name).toBe(0);
    }
  });

  test("the order of a net's channels changes nothing of the crop", async () => {
    const photo = photoOf({ seed: 3, height: 30, width: 40 });
    expect(await prepare(photo, { ...IMAGENET_INPUT, channels: "bgr" })).toEqual(await prepare(photo, IMAGENET_INPUT));
  });

  test("the fourth channel of a prepared photo is its opacity, and values are whole 255ths", async () => {
    const crop = await prepare(photoOf({ seed: 1, height: 30, width: 40 }), SQUASHED);
    expect(crop.every((value) => Math.abs(value * 255 - Math.round(value * 255)) < 1e-3)).toBe(true);
    expect(crop.filter((_, i) => i % 4 === 3).every((value) => value === 1)).toBe(true);
  });

  test("a photo of more bytes than one strip is put together in order", async () => {
    const [width, height] = [16_384, 600];
    const level = (y: number) => (y * 37) % 251;
    const data = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y++) data.fill(level(y), y * width * 4, (y + 1) * width * 4);
    expect(data.length).toBeGreaterThan(32 << 20);
    const crop = await prepare({ width, height, data }, SQUASHED);
    const scale = height / 224;
    for (let out = 0; out < 224; out++) {
      let [sum, total] = [0, 0];
      for (let y = 0; y < height; y++) {
        const weight = Math.max(0, 1 - Math.abs(y + 0.5 - (out + 0.5) * scale) / scale);
        sum += weight * level(y);
        total += weight;
      }
      for (const x of [0, 113, 223]) expect(Math.abs((crop[(out * 224 + x) * 4] as number) * 255 - sum / total)).toBeLessThan(0.5 + 1e-3);
    }
  });

  test.each([
    [224, 224],
    [64, 64],
    [32, 32],
    [48, 192],
    [33, 47],
  ])("the VAE's input is the crop of %i x %i resized without rounding", async (height, width) => {
    const input = { ...IMAGENET_INPUT, height, width };
    const crop = engine.tensor("crop", imageShape(input));
    const small = engine.tensor("small", [64, 64, 4]);
    await preparePhoto(engine, photoOf({ seed: 2, height: 50, width: 60 }), input, crop, small);
    const [image, actual] = [await crop.read(), await small.read()];
    const [down, across] = [shrinkTaps(height), shrinkTaps(width)];
    let worst = 0;
    for (let y = 0; y < 64; y += 7) {
      for (let x = 0; x < 64; x += 3) {
        let sum = 0;
        for (const row of down[y] ?? [])
          for (const column of across[x] ?? []) sum += row.weight * column.weight * (image[(row.at * width + column.at) * 4] as number);
        worst = Math.max(worst, Math.abs(sum - (actual[(y * 64 + x) * 4] as number)));
      }
    }
    expect(worst).toBeLessThan(1e-5);
  });

  test("a batch of more lines than a grid has is shrunk in parts", async () => {
    const [batch, height] = [3, 22_000];
    const level = (line: number) => (line % 97) / 97;
    const images = engine.tensor(
      "images",
      [batch, height, 1, 4],
      new Float32Array(batch * height * 4).map((_, i) => level(i >> 2)),
    );
    const small = engine.tensor("small", [batch, 64, 64, 4]);
    const plan = new PlanBuilder(engine, "shrink");
    appendShrink(plan, images, small, batch);
    await plan.once();
    const actual = await small.read();
    const down = shrinkTaps(height);
    for (let image = 0; image < batch; image++) {
      for (const y of [0, 31, 63]) {
        const expected = (down[y] ?? []).reduce((sum, { at, weight }) => sum + weight * level(image * height + at), 0);
        expect(Math.abs((actual[((image * 64 + y) * 64 + 5) * 4] as number) - expected)).toBeLessThan(1e-4);
      }
    }
  });
});

test.each([
  ["too few bytes", { width: 4, height: 4, data: new Uint8Array(60) }],
  ["no width", { width: 0, height: 4, data: new Uint8Array(0) }],
  ["a fractional height", { width: 4, height: 2.5, data: new Uint8Array(40) }],
])("a photo with %s is refused", async (_, photo) => {
  expect(await rejected(prepare(photo, IMAGENET_INPUT))).toMatchObject({
    code: "BAD_IMAGE",
    fix: expect.stringContaining("width x height x 4"),
  });
});
