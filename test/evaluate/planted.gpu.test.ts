import { afterAll, beforeAll, expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { type Composite, evaluate, type Photo, plant, Session } from "../../src/faces/all.ts";
import { IMAGENET_INPUT, type InputSpec } from "../../src/nets/input-spec.ts";
import { rejected } from "../support/errors.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { decodeExample } from "../support/photos.ts";
import { referenceHash, toUniform } from "../support/reference-random.ts";
import { sharedDevice, sharedEngine } from "../support/shared-engine.ts";

const [HEIGHT, WIDTH] = [48, 65];
const SMALL = { model: ownClassifier({ height: HEIGHT, width: WIDTH, channels: 3, classes: 10 }, {}, 10).classifier };

let engine: Engine;
let session: Session;
let photo: Photo;
let ground: Photo;
let composite: Composite;

beforeAll(async () => {
  engine = await sharedEngine();
  session = await Session.create({ ...SMALL, device: await sharedDevice(), batch: 4 });
  [photo, ground] = [await decodeExample("cat.jpg"), await decodeExample("coffee.jpg")];
  composite = await plant(session, photo, ground, { seed: 9 });
});

afterAll(() => session.dispose());

/** As an input of this kind takes it, in bytes. */
async function prepared(given: Photo, input: Partial<InputSpec>): Promise<Photo> {
  const spec = { ...IMAGENET_INPUT, height: HEIGHT, width: WIDTH, ...input };
  const crop = engine.tensor("prepared", [spec.height, spec.width, 4]);
  await preparePhoto(engine, given, spec, crop);
  const values = await crop.read();
  crop.dispose();
  return { height: spec.height, width: spec.width, data: Uint8ClampedArray.from(values, (value) => Math.round(255 * value)) };
}

test("the photo at half its size, bicubic, lies on the other one, at the place of the seed", async () => {
  const patch = await prepared(await prepared(photo, {}), { height: 24, width: 32, resize: "squash", filter: "bicubic" });
  const below = await prepared(ground, {});
  const u = (i: number) => toUniform(referenceHash(9, 32, 0, 0)[i] as number);
  const [left, top] = [Math.floor(u(0) * (WIDTH - 32 + 1)), Math.floor(u(1) * (HEIGHT - 24 + 1))];
  const { inside, photo: found } = composite;
  expect(inside).toEqual({ left, top, right: left + 32, bottom: top + 24 });
  const wrong = Array.from({ length: HEIGHT * WIDTH }, (_, at) => at).filter((at) => {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    const pasted = x >= left && x < left + 32 && y >= top && y < top + 24;
    const [from, place] = pasted ? [patch, (y - top) * 32 + x - left] : [below, at];
    return [0, 1, 2].some((c) => found.data[4 * at + c] !== from.data[4 * place + c]) || found.data[4 * at + 3] !== 255;
  });
  expect(wrong).toEqual([]);
});

test("the class is the pasted photo's first choice, and its probabilities are those of the images shown as they are", async () => {
  const [first] = (await session.classify(photo)).top5;
  const p = async (image: Photo) => (await session.classify(image, { fit: "squash" })).probabilities[composite.target.index];
  const { target, present, absent, sound } = composite;
  expect(target).toEqual(first);
  expect(present).toBe(await p(composite.photo));
  expect(absent).toBeCloseTo((await session.classify(ground)).probabilities[target.index] as number, 6);
  expect(sound).toBe(present >= 0.4 && absent < 0.01);
});

test("an evaluation of it takes its place, and another photo that is fitted alike", async () => {
  const { photo: own, target, inside } = composite;
  const options = { target: target.index, fit: "squash", metrics: ["starts", "truth"], yardsticks: ["edges"], inside } as const;
  const parameters = { starts: { steps: 2 } };
  const [same, differing] = [
    await evaluate(session, own, {}, { ...options, parameters, other: own }),
    await evaluate(session, own, {}, { ...options, parameters, other: await session.open(ground, { fit: "squash" }) }),
  ];
  expect(same.starts?.ends.other).toBe(same.starts?.ends.original);
  expect(same.maps.edges?.starts?.other).toBeCloseTo(0, 6);
  expect(differing.starts?.ends.other).not.toBe(differing.starts?.ends.original);
  expect(differing.maps.edges?.truth).toEqual(same.maps.edges?.truth);
  const wrong = evaluate(session, own, {}, { ...options, other: await session.open(ground) });
  expect(await rejected(wrong)).toMatchObject({ code: "BAD_OPTION", fix: expect.stringContaining("fit") });
});

test("it ends with what is wrong", async () => {
  const calls = [
    () => plant(5 as never, photo, ground),
    () => plant(session, photo, ground, { seeds: 1 } as never),
    () => plant(session, photo, ground, { fit: "stretch" as never }),
  ];
  for (const call of calls) expect(await rejected(call())).toMatchObject({ code: "BAD_OPTION" });
  expect(await rejected(plant(session, photo, { ...ground, width: 3 }))).toMatchObject({ code: "BAD_IMAGE" });
  expect(await rejected(plant(session, photo, ground, { signal: AbortSignal.abort() }))).toMatchObject({ code: "ABORTED" });
});
