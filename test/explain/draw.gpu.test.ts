import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { draw, type Explanation, overlay, type Photo, Session } from "../../src/index.ts";
import { rejected } from "../support/errors.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { Random } from "../support/random.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const SIDE = 32;
const RISE = { method: "rise", parameters: { masks: 8 } } as const;

let session: Session;

beforeAll(async () => {
  const { classifier } = ownClassifier({ height: SIDE, width: SIDE, channels: 3, classes: 4 });
  session = await Session.create({ device: await sharedDevice(), model: classifier, input: { share: 1 } });
});

afterAll(() => session.dispose());

function noise(width: number, height: number): Photo {
  const data = Uint8ClampedArray.from(new Random(3).floats(width * height * 4), (value, i) => (i % 4 === 3 ? 255 : value * 256));
  return { width, height, data };
}

const plain = (width: number, height: number): Photo => ({ width, height, data: new Uint8ClampedArray(width * height * 4).fill(128) });

function pixels(canvas: OffscreenCanvas | HTMLCanvasElement): Uint8ClampedArray {
  const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
  return context.getImageData(0, 0, canvas.width, canvas.height).data;
}

/** Of the pixels that are not the plain photo's grey: the first and the last column and row. */
function bounds(canvas: OffscreenCanvas, isPart: (rgba: Uint8ClampedArray) => boolean): number[] {
  const data = pixels(canvas);
  const found = [...Array(canvas.width * canvas.height).keys()].filter((at) => isPart(data.subarray(4 * at, 4 * at + 4)));
  const [columns, rows] = [found.map((at) => at % canvas.width), found.map((at) => Math.floor(at / canvas.width))];
  return [Math.min(...columns), Math.max(...columns), Math.min(...rows), Math.max(...rows)];
}

describe("draw", () => {
  test.each([
    ["an OffscreenCanvas", () => new OffscreenCanvas(SIDE, SIDE)],
    ["a canvas", () => Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE })],
  ])("of a square photo of the input's size is the overlay, byte for byte, on %s", async (_, make) => {
    const explanation = await session.explain(noise(SIDE, SIDE), RISE);
    const { map, input } = explanation;
    for (const options of [{}, { opacity: 0.5 }, { signed: true }]) {
      const canvas = make();
      await draw(canvas, explanation, options);
      expect(pixels(canvas)).toEqual(overlay(map as Float32Array, input, options));
    }
    // A context serves as well as its canvas, whatever was done to it.
    const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.scale(3, 3);
    context.globalAlpha = 0.2;
    await draw(context, explanation);
    expect(pixels(context.canvas)).toEqual(overlay(map as Float32Array, input));
    expect([context.getTransform().a, context.globalAlpha]).toEqual([3, expect.closeTo(0.2)]);
  });

  test("the explanation says the photo's size and the part that the classifier saw, which the map is drawn over", async () => {
    const explanation = await session.explain(plain(120, 60), RISE);
    expect(explanation).toMatchObject({ photo: { width: 120, height: 60 }, crop: { left: 30, top: 0, width: 60, height: 60 } });
    // Everywhere for the class, so that all of it glows.
    const glowing = new Float32Array(SIDE * SIDE).fill(1, 0, SIDE * SIDE - 600).map((value, i) => (i < SIDE * SIDE - 600 ? value : 0.5));
    for (const [width, height, expected] of [
      [120, 60, [30, 89, 0, 59]],
      [240, 240, [60, 179, 60, 179]],
      [61, 30, [15, 44, 0, 29]],
    ] as const) {
      const canvas = new OffscreenCanvas(width, height);
      await draw(canvas, { ...explanation, map: glowing }, { photo: plain(120, 60) });
      const [left, right, top] = bounds(canvas, ([r, g, b, a]) => a === 255 && (r !== 128 || g !== 128 || b !== 128));
      expect([left, right, top]).toEqual(expected.slice(0, 3));
      // The whole photo, as large as the canvas allows, in its middle.
      const whole = bounds(canvas, ([, , , a]) => a === 255);
      const drawnHeight = Math.round(60 * Math.min(width / 120, height / 60));
      expect((whole[3] as number) - (whole[2] as number) + 1).toBe(drawnHeight);
    }
  });

  test("a squashed photo is covered whole, and a share of it is cut out of its middle", async () => {
    const squashed = await session.explain(plain(50, 20), { ...RISE, fit: "squash" });
    expect(squashed.crop).toEqual({ left: 0, top: 0, width: 50, height: 20 });
    const { classifier } = ownClassifier({ height: SIDE, width: SIDE, channels: 3, classes: 4 });
    const sharing = await Session.create({ device: await sharedDevice(), model: classifier, input: { share: 0.5 } });
    expect((await sharing.explain(plain(128, 128), RISE)).crop).toEqual({ left: 32, top: 32, width: 64, height: 64 });
    sharing.dispose();
  });

  test("a canvas that changes after it was explained is drawn as it was", async () => {
    const canvas = new OffscreenCanvas(SIDE, SIDE);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.putImageData(new ImageData(new Uint8ClampedArray(noise(SIDE, SIDE).data), SIDE, SIDE), 0, 0);
    for (const given of [canvas, await session.open(canvas)]) {
      const explanation = await session.explain(given, RISE);
      const target = new OffscreenCanvas(SIDE, SIDE);
      context.fillRect(0, 0, 1, 1);
      await draw(target, explanation);
      expect(pixels(target)).toEqual(overlay(explanation.map as Float32Array, explanation.input));
    }
  });

  test("without a map it is the photo alone", async () => {
    const photo = noise(SIDE, SIDE);
    const canvas = new OffscreenCanvas(SIDE, SIDE);
    await draw(canvas, { ...(await session.explain(photo, RISE)), map: undefined }, { photo });
    expect(pixels(canvas)).toEqual(photo.data);
  });

  test.each<[string, (explanation: Explanation) => Promise<void>, RegExp, RegExp]>([
    ["no canvas", (given) => draw("map" as never, given), /^The canvas is map/, /Give a canvas/],
    ["a canvas of another kind", (given) => draw(otherKind(), given), /context of another kind/, /2d/],
    ["a copy whose photo is not known", (given) => draw(new OffscreenCanvas(9, 9), { ...given }), /photo is not known here/, /\{ photo \}/],
    ["another photo", (given) => draw(new OffscreenCanvas(9, 9), given, { photo: plain(8, 9) }), /is 8 x 9, and 32 x 32 was/, /that was/],
    ["an opacity beyond 1", (given) => draw(new OffscreenCanvas(9, 9), given, { opacity: 2 }), /The opacity is 2/, /0 to 1/],
  ])("%s is refused by name", async (_, attempt, message, fix) => {
    const explanation = await session.explain(noise(SIDE, SIDE), RISE);
    const error = await rejected(attempt(explanation));
    expect(error).toMatchObject({ code: "BAD_OPTION", message: expect.stringMatching(message), fix: expect.stringMatching(fix) });
  });
});

function otherKind(): OffscreenCanvas {
  const canvas = new OffscreenCanvas(9, 9);
  canvas.getContext("bitmaprenderer");
  return canvas;
}

test("a class is asked for by its name, and an ambiguous name lists its classes", async () => {
  const { classifier } = ownClassifier({ height: SIDE, width: SIDE, channels: 3, classes: 4 });
  const named = await Session.create({
    device: await sharedDevice(),
    model: { ...classifier, labels: ["espresso, strong coffee", "cup", "crane", "crane, machine"] },
  });
  const photo = plain(SIDE, SIDE);
  expect((await named.explain(photo, { ...RISE, target: "Espresso" })).target.index).toBe(0);
  expect((await named.explain(photo, { ...RISE, target: "machine" })).target.index).toBe(3);
  expect(await rejected(named.explain(photo, { ...RISE, target: "crane" }))).toMatchObject({
    code: "UNKNOWN_CLASS",
    message: '"crane" fits 2 classes: crane (2); crane, machine (3).',
  });
  named.dispose();
});
