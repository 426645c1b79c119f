import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Plan } from "../../src/engine/plan.ts";
import { check, embed, evaluate, type Photo, Session } from "../../src/faces/all.ts";
import { rejected } from "../support/errors.ts";
import { FaultyGpu } from "../support/faulty-gpu.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { CLASSIFIER, patchwork } from "./calls.ts";

const RISE = { method: "rise", parameters: { masks: 16 }, seed: 3 } as const;
const CHECK = { ...RISE, checks: ["seeds"], seeds: 2 } as const;
const EMBED = { samples: 16, fill: ["grey"], perplexity: 3 } as const;

let session: Session;
let photo: Photo;

beforeAll(async () => {
  session = await Session.create({ model: CLASSIFIER, device: await sharedDevice() });
  photo = patchwork();
}, 120_000);

afterAll(() => session.dispose());

afterEach(() => vi.restoreAllMocks());

/** Counts runs of the plans that prepare and that classify a photo. */
function countRuns(): () => { prepared: number; classified: number } {
  const run = vi.spyOn(Plan.prototype, "run");
  return () => {
    const labels = (run.mock.contexts as Plan[]).map(({ label }) => label);
    return {
      prepared: labels.filter((label) => label.startsWith("photo ")).length,
      classified: labels.filter((label) => label === "classify").length,
    };
  };
}

test("is prepared and classified once, and every call gives what the photo itself gives, to the last bit", {
  timeout: 300_000,
}, async () => {
  const callsOn = async (given: Parameters<Session["explain"]>[0]) => {
    const { logits } = await session.classify(given);
    const explained = [await session.explain(given, RISE), await session.explain(given, { samples: 16, student: "ridge", seed: 3 })];
    const maps = explained.map(({ map, input, top5 }) => ({ map, input, top5 }));
    const { seconds: _, ...scores } = await evaluate(session, given, { rise: maps[0]?.map as Float32Array }, { target: 3 });
    const { seeds } = await check(session, given, CHECK);
    const { probabilities } = await embed(session, given, EMBED);
    return { logits, maps, scores, seeds, probabilities };
  };
  const runs = countRuns();
  const alone = await callsOn(photo);
  for (const { map } of alone.maps) expect(map).toBeDefined();
  expect(runs()).toEqual({ prepared: 6, classified: 5 });
  const opened = await session.open(photo);
  expect(await callsOn(opened)).toEqual(alone);
  expect(runs()).toEqual({ prepared: 7, classified: 6 });
  // What a caller does to its numbers is no other caller's.
  (await session.classify(opened)).logits.fill(0);
  expect((await session.classify(opened)).logits).toEqual(alone.logits);
  expect(runs()).toEqual({ prepared: 7, classified: 6 });
});

test("does not change with the photo's pixels, and outlives a lost device", async () => {
  const faulty = new FaultyGpu();
  const own = await Session.create({ model: CLASSIFIER, gpu: faulty.gpu });
  const changed = { ...photo, data: photo.data.slice() };
  const opened = await own.open(changed);
  const { map } = await own.explain(opened, RISE);
  changed.data.fill(0);
  faulty.arm({ kind: "loss", at: 20 });
  const again = await own.explain(opened, RISE);
  expect(faulty.happened).toBe(1);
  faulty.arm();
  expect(again.map).toEqual(map);
  expect((await own.explain(changed, RISE)).map).not.toEqual(map);
  own.dispose();
});

test("is classified anew once the session is tuned, and for a profile", { timeout: 300_000 }, async () => {
  const opened = await session.open(photo);
  await session.classify(opened);
  const runs = countRuns();
  await session.classify(opened);
  expect(runs().classified).toBe(0);
  const { profile } = await session.classify(opened, { profile: true });
  expect(profile?.spans.some(({ plan }) => plan === "classify")).toBe(true);
  await session.tune({ batch: 2 });
  const before = runs().classified;
  await session.classify(opened);
  await session.classify(opened);
  expect(runs().classified).toBe(before + 1);
});

test("keeps its fit, and serves classifiers of its input alone", async () => {
  const squashed = await session.open(photo, { fit: "squash" });
  expect((await session.explain(squashed, RISE)).settings.fit).toBe("squash");
  expect((await session.classify(squashed, { fit: "squash" })).logits).toEqual((await session.classify(photo, { fit: "squash" })).logits);
  expect(await rejected(session.classify(squashed, { fit: "crop" }))).toMatchObject({
    code: "BAD_OPTION",
    message: expect.stringContaining("fit squash"),
  });
  const { classifier } = ownClassifier({ height: 32, width: 48, channels: 3, classes: 4 });
  const other = await Session.create({ model: classifier, device: await sharedDevice() });
  expect(await rejected(other.explain(squashed, { ...RISE }))).toMatchObject({
    code: "BAD_OPTION",
    message: expect.stringContaining("height 48"),
  });
  other.dispose();
  expect(await rejected(session.open({ ...photo, width: 3 }))).toMatchObject({ code: "BAD_IMAGE" });
  expect(await rejected(session.open(photo, { fit: "stretch" as "crop" }))).toMatchObject({ code: "BAD_OPTION" });
});
