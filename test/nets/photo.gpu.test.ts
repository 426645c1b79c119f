import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { type Fit, type Photo, preparePhoto, resizeTaps } from "../../src/nets/photo.ts";
import { resizePhoto, unpackPhoto } from "../../src/shaders/index.ts";
import { rejected } from "../support/errors.ts";
import { readGolden, uniforms } from "../support/golden.ts";

interface ResizeCase {
  name: string;
  seed: number;
  height: number;
  width: number;
  outHeight: number;
  outWidth: number;
  fit: Fit | null;
}

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create();
});

afterAll(() => engine.dispose());

/** The oracle's photo: bytes floor(256 u), opaque. */
function photoOf({ seed, height, width }: ResizeCase): Photo {
  const values = uniforms(seed, height * width * 3);
  const data = Uint8Array.from({ length: height * width * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : Math.floor(256 * (values[3 * Math.floor(i / 4) + (i % 4)] as number)),
  );
  return { width, height, data };
}

/** Both passes with sizes of the case's own. */
async function resizeFreely(photo: Photo, outHeight: number, outWidth: number): Promise<Float32Array> {
  const { width, height } = photo;
  const bytes = engine.tensor("bytes", [height, width], new Uint32Array(photo.data.slice().buffer));
  const out = engine.tensor("out", [outHeight, outWidth, 4]);
  const plan = new PlanBuilder(engine, "resize");
  const narrow = plan.temporary("narrow", [height, outWidth], "u32");
  const small = plan.temporary("small", [outHeight, outWidth], "u32");
  const across = resizeTaps(width, outWidth, 0, outWidth);
  const down = resizeTaps(height, outHeight, 0, outHeight);
  plan.dispatch(resizePhoto, {
    bindings: { bytes, taps: engine.tensor("taps", [across.taps.length], across.taps), out: narrow },
    uniforms: { lines: height, first_line: 0, size: width, inner: 1, out_count: outWidth, reach: across.reach },
    threads: [1, outWidth, height],
  });
  plan.dispatch(resizePhoto, {
    bindings: { bytes: narrow, taps: engine.tensor("taps", [down.taps.length], down.taps), out: small },
    uniforms: { lines: 1, first_line: 0, size: height, inner: outWidth, out_count: outHeight, reach: down.reach },
    threads: [outWidth, outHeight],
  });
  const pixels = outHeight * outWidth;
  plan.dispatch(unpackPhoto, { bindings: { bytes: small, out }, uniforms: { pixels, line: pixels }, threads: [pixels] });
  await plan.once();
  return out.read();
}

async function prepare(photo: Photo, fit: Fit): Promise<Float32Array> {
  const crop = engine.tensor("crop", [224, 224, 4]);
  await preparePhoto(engine, photo, fit, crop);
  return crop.read();
}

/** How many values differ from the reference's bytes. */
function countDifferences(actual: Float32Array, reference: ArrayLike<number>): number {
  let count = 0;
  for (let i = 0; i < reference.length; i++) {
    const value = (actual[4 * Math.floor(i / 3) + (i % 3)] as number) * 255;
    if (!(Math.abs(value - (reference[i] as number)) < 1e-3)) count++;
  }
  return count;
}

describe("resizing", () => {
  test("equals Pillow's bytes, every one of them", async () => {
    const { facts, tensors } = await readGolden("resize");
    for (const testCase of (facts as { cases: ResizeCase[] }).cases) {
      const photo = photoOf(testCase);
      const { fit, outHeight, outWidth, name } = testCase;
      const actual = fit ? await prepare(photo, fit) : await resizeFreely(photo, outHeight, outWidth);
      expect(countDifferences(actual, tensors.get(name)?.values as Uint8Array), name).toBe(0);
    }
  });

  test("the fourth channel of a prepared photo is its opacity, and values are whole 255ths", async () => {
    const crop = await prepare(photoOf({ seed: 1, height: 30, width: 40 } as ResizeCase), "squash");
    expect(crop.every((value) => Math.abs(value * 255 - Math.round(value * 255)) < 1e-3)).toBe(true);
    expect(crop.filter((_, i) => i % 4 === 3).every((value) => value === 1)).toBe(true);
  });

  test("a photo of more bytes than one strip is put together in order", async () => {
    const [width, height] = [16_384, 600];
    const level = (y: number) => (y * 37) % 251;
    const data = new Uint8Array(width * height * 4);
    for (let y = 0; y < height; y++) data.fill(level(y), y * width * 4, (y + 1) * width * 4);
    expect(data.length).toBeGreaterThan(32 << 20);
    const crop = await prepare({ width, height, data }, "squash");
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

  test("the VAE's input is the crop shrunk without rounding", async () => {
    const crop = engine.tensor("crop", [224, 224, 4]);
    const small = engine.tensor("small", [64, 64, 4]);
    await preparePhoto(engine, photoOf({ seed: 2, height: 50, width: 60 } as ResizeCase), "crop", crop, small);
    const [image, actual] = [await crop.read(), await small.read()];
    const taps = Array.from({ length: 64 }, (_, out) => {
      const weights = Array.from({ length: 224 }, (_, i) => Math.max(0, 1 - Math.abs(i + 0.5 - (out + 0.5) * 3.5) / 3.5));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.flatMap((weight, at) => (weight > 0 ? [{ at, weight: weight / total }] : []));
    });
    let worst = 0;
    for (let y = 0; y < 64; y += 7) {
      for (let x = 0; x < 64; x += 3) {
        let sum = 0;
        for (const down of taps[y] ?? [])
          for (const across of taps[x] ?? []) sum += down.weight * across.weight * (image[(down.at * 224 + across.at) * 4] as number);
        worst = Math.max(worst, Math.abs(sum - (actual[(y * 64 + x) * 4] as number)));
      }
    }
    expect(worst).toBeLessThan(1e-5);
  });
});

test.each([
  ["too few bytes", { width: 4, height: 4, data: new Uint8Array(60) }],
  ["no width", { width: 0, height: 4, data: new Uint8Array(0) }],
  ["a fractional height", { width: 4, height: 2.5, data: new Uint8Array(40) }],
])("a photo with %s is refused", async (_, photo) => {
  expect(await rejected(prepare(photo, "crop"))).toMatchObject({ code: "BAD_IMAGE", fix: expect.stringContaining("width x height x 4") });
});
