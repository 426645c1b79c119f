import { beforeAll, expect, test } from "vitest";
import { type Photo, Session, type SessionOptions, type Tuning, type TuningStore } from "../../src/faces/all.ts";
import type { TunedLayer } from "../../src/nets/measure-variants.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { tuneAtOnce } from "../support/tune-at-once.ts";

// Measuring a whole teacher takes a software adapter too long: the tests of nets do it with a small one.
const LAST = "1x1/1 1x1>1x1 1280>1000 f32";

/** What measuring finds: the last layer is twice as fast in another way. */
const FOUND: TunedLayer[] = [
  {
    ...{ shape: LAST, batch: 1, uses: 1 },
    ...{ standard: { variant: "register", seconds: 2 }, fastest: { variant: "tiled", seconds: 1 } },
  },
];
const TUNING: Tuning = { choices: { [`${LAST} x1`]: "tiled" }, saved: 0.5 };

let device: GPUDevice;
let photo: Photo;

beforeAll(async () => {
  [device, photo] = await Promise.all([sharedDevice(), decodeExample("cat.jpg")]);
});

const create = (options: Partial<SessionOptions> = {}) => Session.create({ device, weights: fetchWeights, batch: 8, ...options });

/** A store of what is saved in it. Before that it has something under every key that is no tuning. */
function memoryStore(): TuningStore & { kept: Map<string, Tuning> } {
  const kept = new Map<string, Tuning>();
  return {
    kept,
    load: async (key) => (kept.size > 0 ? kept.get(key) : ({ choices: { [LAST]: 3 } } as unknown as Tuning)),
    async save(key, tuning) {
      kept.set(key, tuning);
    },
  };
}

const store = memoryStore();
let session: Session;
let before: Float32Array;

test("what is no tuning counts as none, and an abort leaves the session as it was", async () => {
  session = await create({ tuning: store });
  expect(session.tuning).toBeUndefined();
  before = (await session.classify(photo)).logits;
  const abort = new AbortController();
  const tuning = rejected(session.tune({ signal: abort.signal, onProgress: () => abort.abort() }));
  const again = session.classify(photo);
  expect(await tuning).toMatchObject({ code: "ABORTED" });
  expect((await again).logits).toEqual(before);
  expect(session.tuning).toBeUndefined();
  expect(store.kept.size).toBe(0);
  expect(await rejected(session.tune({ batch: 0 }))).toMatchObject({ code: "BAD_OPTION" });
});

test("a session is tuned, saves what was found, and another one takes it from the store", async () => {
  const asked = tuneAtOnce(FOUND);
  expect(await session.tune()).toEqual({ ...TUNING, layers: FOUND });
  expect(asked.batches).toEqual([1, 8]);
  expect(session.tuning).toEqual(TUNING);
  const { logits } = await session.classify(photo);
  session.dispose();
  // Another order of sums.
  expect(logits).not.toEqual(before);
  expect(worstError(logits, before)).toBeLessThan(1e-5);

  const [[key, saved]] = [...store.kept] as [[string, Tuning]];
  expect(saved).toEqual(TUNING);
  expect(key).toMatch(/swiftshader.*\|.*Chrome.*\|efficientnet-lite0\|f32$/i);
  const other = await create({ tuning: store });
  expect(other.tuning).toEqual(TUNING);
  expect((await other.classify(photo)).logits).toEqual(logits);
  other.dispose();
});
