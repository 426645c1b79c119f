import { beforeAll, expect, test } from "vitest";
import { settle } from "../../src/explain/explain-options.ts";
import type { AnyMethod } from "../../src/explain/method.ts";
import { relabel } from "../../src/explain/relabel/relabel.ts";
import { type Photo, Session, SOFTWARE_SAMPLES } from "../../src/faces/all.ts";
import { worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { decodeExample } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const MODEL = ownClassifier({ height: 48, width: 64, channels: 3, classes: 10 }, {}, 10).classifier;
const [MOST, SEED] = [900, 3];

let device: GPUDevice;
let photo: Photo;

beforeAll(async () => {
  photo = await decodeExample("cat.jpg");
  device = await sharedDevice();
});

/** Re-label distillation that may draw more than a software adapter does by itself. */
const upTo = (samples: number, until: number | undefined): AnyMethod => ({
  ...{ name: "patient", title: "Patient", parameters: {} },
  run: (request) => relabel({ ...request, settings: { ...settle({ seed: SEED }, true), samples, until } }),
});

test.each(LONG ? [8, 48, 100] : [48])("in batches of %i: no more samples once two halves agree, and the map of as many", async (batch) => {
  const session = await Session.create({ model: MODEL, device, batch });
  const explain = (samples: number, until?: number) => session.explain(photo, { method: upTo(samples, until) });
  const reliability = async (samples: number) => (await explain(samples)).reliability as number;
  const known = { 256: await reliability(256), 384: await reliability(384) };
  // The threshold lies where the second look, after 384 samples, meets it, or the first one if that is the better.
  const [until, expected] = known[384] > known[256] ? [(known[256] + known[384]) / 2, 384] : [known[256] - 0.01, 256];
  const found = await explain(MOST, until);
  expect(found).toMatchObject({ samples: expected, aborted: false });
  const same = await explain(expected);
  expect(worstError(found.map as Float32Array, same.map as Float32Array)).toBeLessThan(1e-5);
  expect(found.reliability).toBeCloseTo(same.reliability as number, 4);
  expect(found.shiftedShare).toBe(same.shiftedShare);
  // Out of reach.
  expect(await explain(300, 1)).toMatchObject({ samples: 300, aborted: false });
  session.dispose();
});

test("on a software adapter auto draws at most what is usual there, and an abort ends it as any other", async () => {
  const session = await Session.create({ model: MODEL, device, batch: 10 });
  const found = await session.explain(photo, { samples: "auto" });
  expect(found).toMatchObject({ samples: SOFTWARE_SAMPLES, aborted: false, reliability: expect.any(Number) });
  const plain = await session.explain(photo, {});
  expect(worstError(found.map as Float32Array, plain.map as Float32Array)).toBeLessThan(1e-5);
  const controller = new AbortController();
  const aborted = await session.explain(photo, {
    samples: "auto",
    signal: controller.signal,
    onProgress: ({ stage, done }) => void (stage === "sample" && done >= 60 && controller.abort()),
  });
  expect(aborted).toMatchObject({ samples: 60, aborted: true, reliability: undefined });
  session.dispose();
});

test.each<[string, number[]]>([
  ["black", [0, 0, 0, 255]],
  ["grey", [127, 127, 127, 255]],
])("of a photo that is %s all over no map is drawn, and the reason is said", async (_, colour) => {
  const session = await Session.create({ model: MODEL, device });
  const [width, height] = [64, 48];
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => colour[at % 4] as number);
  for (const samples of ["auto", 40] as const) {
    const found = await session.explain({ data, width, height }, { samples });
    expect(found.degenerate).toMatch(/No label shifts.*Choose another class, photo or method/);
    expect(found).toMatchObject({ map: undefined, quality: undefined, reliability: undefined });
  }
  session.dispose();
});
