import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ExplainOptions, type Photo, replaySums, Session, totalsBy } from "../../src/faces/all.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { decodeExample } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const { classifier } = ownClassifier({ height: 48, width: 64, channels: 3, classes: 10 }, {}, 10);

let photo: Photo;
let session: Session;

beforeAll(async () => {
  photo = await decodeExample("cat.jpg");
  session = await Session.create({ model: classifier, device: await sharedDevice(), batch: 8 });
});

afterAll(() => session.dispose());

/** What browsers do to timestamps, or not. */
function roundClock(nanoseconds: number): Promise<void> {
  return session.lend({}, async ({ engine }) => {
    engine.clockStep = nanoseconds;
  });
}

describe.each<[string, ExplainOptions]>([
  ["relabel", { samples: 32 }],
  ["rise", { method: "rise", parameters: { masks: 64 } }],
  ["grad-cam", { method: "grad-cam" }],
])("the profile of %s", (_, options) => {
  test("where it is replayed, the map is the same to the bit, and so is the next one", async () => {
    const plain = await session.explain(photo, options);
    await roundClock(100_000);
    const { map, profile } = await session.explain(photo, { ...options, profile: true });
    await roundClock(1);
    expect(map).toEqual(plain.map);
    expect((await session.explain(photo, options)).map).toEqual(plain.map);
    expect(profile?.clock).toEqual({ mode: "quantised", step: 100_000 });
    expect(profile?.replayed).toBe(true);
    const { spans = [], wall = 0, activities = [] } = profile ?? {};
    expect(replaySums(spans).left).toBe(0);
    for (const { replayed, grid } of spans) {
      expect(replayed).toBeGreaterThan(0);
      expect(grid.every((count) => count >= 1)).toBe(true);
    }
    expect(totalsBy(spans, ({ kernel }) => kernel).reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    // The replay comes after the work.
    for (const { end } of activities) expect(end).toBeLessThanOrEqual(wall);
  });
});
