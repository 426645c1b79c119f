import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { findGpu, loadDawn } from "../../src/cli/runtime-node.ts";
import { Session } from "../../src/faces/all.ts";
import { FaultyGpu } from "../support/faulty-gpu.ts";
import { worstError } from "../support/golden.ts";
import { LONG, SEED } from "../support/long.ts";
import { Random } from "../support/random.ts";
import { CALLS, CLASSIFIER, patchwork } from "./calls.ts";

const EXPLANATIONS = 500;
/** Before these, until V8 has compiled and optimised what they run (measured: the heap grows by a MB in 200, and then stays). */
const WARM_UP = 200;
const TENTH = EXPLANATIONS / 10;
/** Each so manieth call meets a fault. */
const EVERY = 5;

/** Bytes of the heap after a collection. */
function heap(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test.runIf(LONG)(`${EXPLANATIONS} explanations with faults leave no more behind than the first`, { timeout: 7_200_000 }, async () => {
  const faulty = new FaultyGpu(await findGpu(await loadDawn()));
  const session = await Session.create({ model: CLASSIFIER, gpu: faulty.gpu });
  const photo = patchwork();
  // Without the two that take longest.
  const calls = CALLS.filter(({ name }) => !["lime", "extremal"].includes(name));
  const measured = [];
  for (const call of calls) {
    await call.run(session, photo);
    faulty.arm();
    const result = await call.run(session, photo);
    measured.push({ call, result, calls: faulty.calls, buffers: faulty.buffers });
  }
  const random = new Random(SEED);
  const [heaps, buffers]: [number[], number[]] = [[], []];
  let faults = 0;
  for (let i = -WARM_UP; i < EXPLANATIONS; i++) {
    const { call, result, ...extent } = measured[(i + WARM_UP) % measured.length] as (typeof measured)[number];
    const loss = random.next() < 0.5;
    const fault = loss
      ? { kind: "loss" as const, at: random.integer(1, extent.calls) }
      : { kind: "memory" as const, at: random.integer(1, extent.buffers) };
    faulty.arm(...(i % EVERY === 0 ? [fault] : []));
    const found = await call.run(session, photo);
    expect(worstError(found, result), `${call.name}, ${i}`).toBeLessThan(1e-5);
    faults += faulty.happened;
    // The stand-in keeps every device for tests that ask what became of it: one a loss, and none of the engine's doing.
    faulty.devices.length = 0;
    if (i < 0) continue;
    heaps.push(heap());
    buffers.push(faulty.live.size);
  }
  const ends = (values: number[]) => [mean(values.slice(0, TENTH)), mean(values.slice(-TENTH))] as [number, number];
  const [first, last] = ends(heaps);
  const [few, many] = ends(buffers);
  const told = `heap ${(first / 1e6).toFixed(2)} -> ${(last / 1e6).toFixed(2)} MB, buffers ${few.toFixed(1)} -> ${many.toFixed(1)}`;
  process.stderr.write(`${EXPLANATIONS} explanations after ${WARM_UP}, ${faults} faults: ${told}\n`);
  expect(last / first, told).toBeLessThan(1.05);
  expect(many / few, told).toBeLessThan(1.05);
  expect(faults).toBe((WARM_UP + EXPLANATIONS) / EVERY);
  session.dispose();
  expect(faulty.live.size).toBe(0);
});
