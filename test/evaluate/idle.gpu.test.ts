import { expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { evaluate, Session } from "../../src/faces/all.ts";
import { CLASSIFIER, patchwork } from "../explain/calls.ts";
import { countCreations } from "../support/counting-device.ts";
import { Random } from "../support/random.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const photo = patchwork();
const MAPS = { random: new Random(4).floats(48 * 64, 0, 1) };
const OPTIONS = { target: 3, protocol: "xplique", yardsticks: [] } as const;
const RELABEL = { samples: 64, seed: 2, student: "correlation", fill: ["grey"] } as const;

/** One device for all sessions, which has their kernels compiled. */
const device = await sharedDevice();
const open = (options: object = {}) => Session.create({ model: CLASSIFIER, device, ...options });
const engineOf = (session: Session): Promise<Engine> => session.lend({}, async ({ engine }) => engine);
const kept = async (session: Session) => {
  const engine = await engineOf(session);
  const idle = engine.idle.take();
  if (idle) engine.idle.keep(idle);
  return idle;
};

test("the next evaluation of a session runs on the plans of the last one, and says the same", async () => {
  const counting = countCreations(device);
  const session = await open({ device: counting.device });
  const created = async () => {
    const before = counting.counts().createBindGroup ?? 0;
    const { seconds: _, ...evaluation } = await evaluate(session, photo, MAPS, OPTIONS);
    return { groups: (counting.counts().createBindGroup ?? 0) - before, evaluation };
  };
  const [first, second] = [await created(), await created()];
  expect(second.evaluation).toEqual(first.evaluation);
  // The teacher's, the label's and the normalised photo's are not made again.
  expect(first.groups - second.groups).toBeGreaterThanOrEqual(6);
  const evaluator = await kept(session);
  await evaluate(session, photo, MAPS, OPTIONS);
  expect(await kept(session)).toBe(evaluator);
  session.dispose();
});

test("its memory is what it says, counts as free, and goes to whoever needs it", async () => {
  const session = await open();
  await session.classify(photo);
  const engine = await engineOf(session);
  const before = { used: engine.memory.used, free: engine.free };
  await evaluate(session, photo, MAPS, { ...OPTIONS, metrics: ["infidelity"], samples: 3 });
  const { bytes } = (await kept(session)) as { bytes: number };
  // Staging buffers for reading stay, too.
  const staging = engine.memory.used - before.used - bytes;
  expect(staging).toBeGreaterThanOrEqual(0);
  expect(staging).toBeLessThan(1e4);
  expect(engine.free).toBe(engine.budget - engine.memory.used + bytes);
  engine.idle.free();
  expect(engine.memory.used).toBe(before.used + staging);
  session.dispose();
});

test("an explanation after an evaluation is that of a new session, within the same memory", { timeout: 300_000 }, async () => {
  const wide = await open();
  const { batch: most } = (await wide.explain(photo, RELABEL)).settings;
  wide.dispose();
  const memory = 10.9e6;
  const fresh = await open({ memory });
  const alone = await fresh.explain(photo, RELABEL);
  fresh.dispose();
  const session = await open({ memory });
  await evaluate(session, photo, MAPS, OPTIONS);
  expect(await kept(session)).toBeDefined();
  const after = await session.explain(photo, RELABEL);
  expect(after.settings.batch).toBe(alone.settings.batch);
  expect(after.settings.batch).toBeGreaterThan(1);
  expect(after.settings.batch).toBeLessThan(most as number);
  expect(alone.map).toBeDefined();
  expect(after.map).toEqual(alone.map);
  expect(after.memory.peak).toBeLessThanOrEqual(memory);
  // Whatever is kept, and be it all that there is, gives way.
  const engine = await engineOf(session);
  engine.idle.free();
  const all = engine.tensor("all", [Math.floor(engine.free / 4) - 64]);
  engine.idle.keep(all);
  expect((await session.explain(photo, RELABEL)).map).toEqual(alone.map);
  expect(await kept(session)).toBeUndefined();
  expect(() => all.buffer).toThrow("disposed");
  session.dispose();
});

test("tuning, and a failed call, drop it", { timeout: 300_000 }, async () => {
  const session = await open();
  await evaluate(session, photo, MAPS, OPTIONS);
  expect(await kept(session)).toBeDefined();
  await session.tune({ batch: 2 });
  expect(await kept(session)).toBeUndefined();
  await evaluate(session, photo, MAPS, OPTIONS);
  expect(await kept(session)).toBeDefined();
  await evaluate(session, photo, { random: [1] }, OPTIONS).catch(() => {});
  expect(await kept(session)).toBeUndefined();
  session.dispose();
});
