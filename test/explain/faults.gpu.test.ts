import { beforeAll, describe, expect, test } from "vitest";
import { requestDevice } from "../../src/engine/adapter.ts";
import { type EngineError, type Photo, Session } from "../../src/faces/all.ts";
import { rejected } from "../support/errors.ts";
import { FaultyGpu } from "../support/faulty-gpu.ts";
import { worstError } from "../support/golden.ts";
import { cases, LONG, SEED } from "../support/long.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { Random } from "../support/random.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { CALLS, type Call, CLASSIFIER, patchwork } from "./calls.ts";

/** A call that takes longer than this hangs: undisturbed ones take a tenth. */
const PATIENCE = 30_000;

const photo: Photo = patchwork();
let faulty: FaultyGpu;

async function open(options: { batch?: number; device?: GPUDevice } = {}): Promise<Session> {
  const { device, ...rest } = options;
  return Session.create({ model: CLASSIFIER, ...rest, ...(device ? { device } : { gpu: faulty.gpu }) });
}

/** The outcome, an error, or "hangs". */
function watch<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("hangs")), PATIENCE);
  });
  return Promise.race([work, hangs]).finally(() => clearTimeout(timer));
}

/** What a call gives undisturbed, how many WebGPU calls it takes, and how many of them make buffers. */
interface Measured {
  call: Call;
  result: Float32Array;
  calls: number;
  buffers: number;
}

/** One call of each kind of loop; the others, which share theirs, come with the long run. */
const KINDS = ["classify", "relabel", "relabel, profiled", "rise", "extremal", "evaluate"];
const calls = LONG ? CALLS : CALLS.filter(({ name }) => KINDS.includes(name));
/** Its student solves for over a second: where a fault is no student's matter, the short run has the loop with another student alone. */
const DEAR = "relabel";

const measured: Measured[] = [];
const cheap = () => measured.filter(({ call: { name } }) => LONG || name !== DEAR);
/** Kernels compile once for all sessions that lose no device. */
let kept: GPUDevice;
/** Of that device. */
let session: Session;
const find = (name: string) => measured.find(({ call }) => call.name === name) as Measured;

beforeAll(async () => {
  faulty = new FaultyGpu();
  kept = faulty.wrap(await sharedDevice());
  session = await open({ device: kept });
  for (const call of calls) {
    // Once before: what a session makes and keeps is made.
    const first = await call.run(session, photo);
    faulty.arm();
    const result = await call.run(session, photo);
    expect(result, call.name).toEqual(first);
    measured.push({ call, result, calls: faulty.calls, buffers: faulty.buffers });
  }
}, 300_000);

/** Places for faults: the middle of every call, where what it needs is being made, then random ones, over all but the dear call in turn. */
function* places(count: number, extent: (one: Measured) => number): Generator<{ one: Measured; at: number }> {
  for (const one of measured) yield { one, at: Math.ceil(extent(one) / 2) };
  yield* randomPlaces(count - measured.length, extent);
}

function* randomPlaces(count: number, extent: (one: Measured) => number): Generator<{ one: Measured; at: number }> {
  const random = new Random(SEED);
  const among = cheap();
  for (let i = 0; i < count; i++) {
    const one = among[i % among.length] as Measured;
    yield { one, at: random.integer(1, extent(one)) };
  }
}

describe("a GPU out of memory", () => {
  test("at any buffer: the call goes on with half of the batch", { timeout: LONG ? 7_200_000 : 900_000 }, async () => {
    const before = faulty.live.size;
    for (const { one, at } of places(cases(100), ({ buffers }) => buffers)) {
      const where = `${one.call.name}, buffer ${at} of ${one.buffers}`;
      faulty.arm({ kind: "memory", at });
      const result = await watch(one.call.run(session, photo)).catch((error) => {
        throw new Error(`${where}: ${error}`, { cause: error });
      });
      expect(faulty.happened, where).toBe(1);
      expect(worstError(result, one.result), where).toBeLessThan(1e-5);
      // Staging buffers of other sizes may have joined those that are kept.
      expect(faulty.live.size - before, where).toBeLessThanOrEqual(4);
    }
  });

  test("with a batch that was asked for: refused, with the batch that fits; the session lives", { timeout: 300_000 }, async () => {
    const before = faulty.live.size;
    const session = await open({ batch: 8, device: kept });
    // Classifying takes no batch.
    for (const { call, result, buffers } of cheap().slice(1, LONG ? 7 : 3)) {
      await call.run(session, photo);
      const at = Math.ceil(buffers / 2);
      // It fits when it is tried with 2.
      faulty.arm({ kind: "memory", at }, { kind: "memory", at: at + 1 });
      const error = await rejected(watch(call.run(session, photo)));
      expect(error, call.name).toMatchObject({ code: "OUT_OF_MEMORY", message: expect.stringContaining("batch of 8 does not fit") });
      expect((error as EngineError).fix, call.name).toMatch(/Use a batch of [24]\b/);
      faulty.arm();
      expect(worstError(await call.run(session, photo), result), call.name).toBeLessThan(1e-5);
    }
    session.dispose();
    expect(faulty.live.size).toBe(before);
  });
});

describe("what the device refuses", () => {
  test("at any call: an error, never another map, and the session lives", { timeout: LONG ? 7_200_000 : 900_000 }, async () => {
    for (const { one, at } of places(cases(100), ({ calls }) => calls)) {
      const where = `${one.call.name}, call ${at} of ${one.calls}`;
      faulty.arm({ kind: "validation", at });
      const outcome = await watch(one.call.run(session, photo)).catch((error) => error);
      if (outcome instanceof Error) expect(outcome, where).toMatchObject({ code: "INVALID", message: expect.stringContaining("injected") });
      else expect(outcome, where).toEqual(one.result);
      faulty.arm();
      expect(await watch(one.call.run(session, photo)), `after ${where}`).toEqual(one.result);
    }
  });
});

test("a session that met all this leaves nothing behind", () => {
  session.dispose();
  expect(faulty.live.size).toBe(0);
});

describe("a device of our own", () => {
  test("that is lost at any call is replaced, and the result is the same to the last bit", {
    timeout: LONG ? 7_200_000 : 900_000,
  }, async () => {
    const session = await open();
    // One a call: each makes a device and its kernels anew.
    const losses = LONG ? 300 : cheap().length;
    let restarts = 0;
    for (const { one, at } of randomPlaces(losses, ({ calls }) => calls)) {
      const where = `${one.call.name}, call ${at} of ${one.calls}`;
      faulty.arm({ kind: "loss", at });
      const { devices } = faulty;
      const before = devices.length;
      let told: { devices: number; calls: number } | undefined;
      const follow = ({ restarting }: { restarting: boolean }) => {
        if (restarting) told = { devices: devices.length - before, calls: faulty.since };
      };
      const result = await watch(one.call.run(session, photo, follow)).catch((error) => {
        throw new Error(`${where}: ${error}`, { cause: error });
      });
      expect(result, where).toEqual(one.result);
      if (faulty.happened > 0 && one.call.name !== "classify") {
        // Told before another device is asked for, and after what the batch at hand still records at most.
        expect(told?.devices, where).toBe(0);
        expect(told?.calls, where).toBeLessThanOrEqual(30);
      }
      restarts += faulty.happened;
    }
    expect(restarts).toBe(losses);
    session.dispose();
    expect(faulty.live.size).toBe(0);
  });

  test("that is lost twice in a call gives DEVICE_LOST with its cause, and the session goes on", { timeout: 300_000 }, async () => {
    const session = await open();
    const { call, result, calls } = find("rise");
    faulty.arm({ kind: "loss", at: Math.floor(calls / 2) }, { kind: "loss", at: calls + 40 });
    const error = (await rejected(watch(call.run(session, photo)))) as EngineError;
    expect(error).toMatchObject({ code: "DEVICE_LOST", fix: expect.stringContaining("Try again"), cause: expect.anything() });
    faulty.arm();
    expect(await call.run(session, photo)).toEqual(result);
    session.dispose();
  });

  test("that is lost while the session is disposed of leaves nothing behind", { timeout: 300_000 }, async () => {
    const { call, calls } = find("rise");
    const session = await open();
    faulty.arm({ kind: "loss", at: Math.floor(calls / 2) });
    const devices = faulty.devices.length;
    const error = await rejected(watch(call.run(session, photo, ({ restarting }) => restarting && session.dispose())));
    expect(error).toMatchObject({ code: "DISPOSED" });
    expect(faulty.live.size).toBe(0);
    for (const device of faulty.devices.slice(devices)) expect((await device.lost).reason).toBe("destroyed");
  });
});

describe("a device that others use, too", () => {
  test("keeps its errors to them, and ours to us", { timeout: 300_000 }, async () => {
    const device = await requestDevice(faulty.gpu);
    device.addEventListener("uncapturederror", (event) => event.preventDefault());
    const session = await open({ device });
    const other = await open({ device });
    const shared = cheap().slice(0, LONG ? 8 : 3);
    for (const { call, result } of shared) {
      device.createBuffer({ size: 16, usage: 0 });
      device.pushErrorScope("validation");
      const running = [session, other].map((one) => call.run(one, photo));
      device.createBuffer({ size: 16, usage: 0 });
      const theirs = await device.popErrorScope();
      expect(theirs, call.name).toBeInstanceOf(GPUValidationError);
      for (const found of await watch(Promise.all(running))) expect(worstError(found, result), call.name).toBeLessThan(1e-5);
    }
    other.dispose();
    session.dispose();
    expect(faulty.live.size).toBe(2 * shared.length);
    device.destroy();
  });

  test("says DEVICE_LOST with what to do when it is lost", { timeout: 300_000 }, async () => {
    faulty.live.clear();
    const device = await requestDevice(faulty.gpu);
    const session = await open({ device });
    const { call, calls } = find("rise");
    faulty.arm({ kind: "loss", at: Math.floor(calls / 2) });
    const error = await rejected(watch(call.run(session, photo)));
    expect(error).toMatchObject({ code: "DEVICE_LOST", fix: expect.stringContaining("new session with a new device") });
    expect(await rejected(session.classify(photo))).toMatchObject({ code: "DEVICE_LOST" });
    session.dispose();
    expect(faulty.live.size).toBe(0);
  });
});

test.runIf(LONG)("EfficientNet-Lite0, 32 samples: 20 losses and failed allocations", { timeout: 7_200_000 }, async () => {
  const cat = await decodeExample("cat.jpg");
  const session = await Session.create({ gpu: faulty.gpu, weights: fetchWeights });
  const explain = async () => (await session.explain(cat, { samples: 32, seed: 3 })).map as Float32Array;
  await explain();
  faulty.arm();
  const undisturbed = await explain();
  const { calls, buffers } = faulty;
  const random = new Random(SEED);
  for (let i = 0; i < 20; i++) {
    const loss = i % 3 > 0;
    const fault = loss
      ? { kind: "loss" as const, at: random.integer(1, calls) }
      : { kind: "memory" as const, at: random.integer(1, buffers) };
    faulty.arm(fault);
    const map = await explain();
    expect(faulty.happened).toBe(1);
    if (loss) expect(map, `loss at call ${fault.at} of ${calls}`).toEqual(undisturbed);
    else expect(worstError(map, undisturbed), `no memory for buffer ${fault.at} of ${buffers}`).toBeLessThan(1e-5);
  }
  session.dispose();
  expect(faulty.live.size).toBe(0);
});
