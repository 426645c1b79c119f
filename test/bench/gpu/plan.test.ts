import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Ending, endWithin, type Running, runPlan, type StepReport } from "../../../bench/gpu/plan.ts";
import { STEPS, type Step, type StepName } from "../../../bench/gpu/steps.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** How a step behaves: seconds until it ends by itself, and until it ends once it is asked to; never, where there is no such number. */
interface Behaviour {
  seconds?: number;
  obeys?: number;
  ending?: Ending;
}

/** A step that notes what is done to it. */
function fakeStep({ seconds, obeys, ending = { state: "done", result: "all" } }: Behaviour): Running & { calls: string[] } {
  const calls: string[] = [];
  let resolve: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>((settle) => {
    resolve = settle;
  });
  const endAfter = (wait: number | undefined, how: Ending) => {
    if (wait !== undefined) setTimeout(() => resolve(how), wait * 1000);
  };
  endAfter(seconds, ending);
  return {
    ...{ calls, ended, latest: () => "some" },
    abort() {
      calls.push("abort");
      endAfter(obeys, { state: "cut", why: "its time was over", result: "some" });
    },
    kill: () => void calls.push("kill"),
  };
}

const SHORT: readonly Step[] = [
  { name: "kernels", title: "a", least: 20 },
  { name: "nets", title: "b", least: 30 },
  { name: "peers", title: "c", least: 30 },
];

/** Runs a plan whose steps behave so, within `seconds`; what was saved after each step, and when it ended. */
async function plan(seconds: number, behaviours: Partial<Record<StepName, Behaviour>>, abort = new AbortController(), steps = SHORT) {
  const saved: StepReport[][] = [];
  const started: string[] = [];
  const began = performance.now();
  const running = runPlan(
    steps,
    (name) => {
      started.push(name);
      return fakeStep(behaviours[name] ?? { seconds: 1 });
    },
    {
      deadline: began + seconds * 1000,
      signal: abort.signal,
      onBegin() {},
      onEnd: async (reports) => void saved.push([...reports]),
    },
  );
  let ended = 0;
  const finished = running.then((reports) => {
    ended = (performance.now() - began) / 1000;
    return reports;
  });
  await vi.runAllTimersAsync();
  const reports = await finished;
  return { reports, saved, started, seconds: ended, states: reports.map(({ name, state }) => `${name} ${state}`) };
}

describe("a plan", () => {
  test("does all steps in their order, and saves all so far after each", async () => {
    const { states, saved, started, reports, seconds } = await plan(600, {});
    expect(states).toEqual(["kernels done", "nets done", "peers done"]);
    expect(started).toEqual(["kernels", "nets", "peers"]);
    expect(saved.map((reports) => reports.length)).toEqual([1, 2, 3]);
    expect(reports[0]).toMatchObject({ title: "a", seconds: 1, result: "all" });
    expect(seconds).toBeCloseTo(3);
  });

  test("gives a step what is left, less what later ones need at least", async () => {
    // 600 - 60 for the later two, of which the last five seconds are for an orderly end.
    const { reports, states } = await plan(600, { kernels: { obeys: 1 } });
    expect(states).toEqual(["kernels cut", "nets done", "peers done"]);
    expect(reports[0]?.seconds).toBeCloseTo(536);
    expect(reports[0]).toMatchObject({ why: "its time was over", result: "some" });
  });

  test("gives a step no less than it needs at least, even where later ones then find too little", async () => {
    const { reports, states } = await plan(55, { kernels: { obeys: 0 } });
    expect(reports[0]?.seconds).toBeCloseTo(15);
    expect(states).toEqual(["kernels cut", "nets done", "peers done"]);
    expect((await plan(40, { kernels: { obeys: 0 }, nets: {} })).states).toEqual(["kernels cut", "nets skipped", "peers skipped"]);
  });

  test("leaves no time to a step that cannot be done here, and says why", async () => {
    const steps = SHORT.map((step) => (step.name === "peers" ? { ...step, impossible: "no browser" } : step));
    const { reports, states, started } = await plan(600, { kernels: { obeys: 0 } }, undefined, steps);
    expect(states).toEqual(["kernels cut", "nets done", "peers skipped"]);
    expect(reports.map(({ why }) => why)).toEqual(["its time was over", undefined, "no browser"]);
    expect(reports[0]?.seconds).toBeCloseTo(565);
    expect(started).toEqual(["kernels", "nets"]);
  });

  test("ends a step by force that hangs, keeps what it had found, and goes on", async () => {
    const { reports, states } = await plan(600, { kernels: {} });
    expect(states).toEqual(["kernels cut", "nets done", "peers done"]);
    expect(reports[0]).toMatchObject({ seconds: 540, why: expect.stringContaining("did not end when it was asked to"), result: "some" });
  });

  test("names the steps that found no time, and ends before the deadline even where all hang", async () => {
    const { reports, states, seconds } = await plan(60, { kernels: {}, nets: {}, peers: {} });
    expect(states).toEqual(["kernels cut", "nets cut", "peers skipped"]);
    expect(reports[2]?.why).toBe("10 s were left, and it needs 30");
    expect(seconds).toBeLessThanOrEqual(60);
  });

  test("goes on after a step that failed", async () => {
    const ending: Ending = { state: "failed", why: "the device was lost", result: "some" };
    const { states, reports } = await plan(600, { kernels: { seconds: 2, ending } });
    expect(states).toEqual(["kernels failed", "nets done", "peers done"]);
    expect(reports[0]).toMatchObject({ why: "the device was lost", result: "some" });
  });

  test("skips what is left once it is stopped, and lets the step at hand end", async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 10_000);
    const { states, reports, seconds } = await plan(600, { kernels: { obeys: 2 } }, abort);
    expect(states).toEqual(["kernels cut", "nets skipped", "peers skipped"]);
    expect(reports.map(({ why }) => why)).toEqual(Array(3).fill("the run was stopped"));
    expect(reports[0]?.result).toBe("some");
    expect(seconds).toBeCloseTo(12);
  });

  test("of the real steps reaches each in four minutes, even where every one takes all that it gets and hangs", async () => {
    const greedy = Object.fromEntries(STEPS.map(({ name }) => [name, {}]));
    const { started, states, seconds } = await plan(4 * 60 - 8, greedy, undefined, STEPS);
    expect(started).toEqual(["kernels", "nets", "profile", "tuner", "variants", "peers"]);
    expect(states.every((state) => state.endsWith("cut"))).toBe(true);
    expect(seconds).toBeLessThanOrEqual(4 * 60 - 8);
  });
});

describe("a step's end", () => {
  const signal = new AbortController().signal;

  test("is waited for without asking where it comes in time, and leaves no timer", async () => {
    const step = fakeStep({ seconds: 3 });
    const ending = endWithin(step, 30_000, signal);
    await vi.advanceTimersByTimeAsync(3000);
    expect(await ending).toEqual({ state: "done", result: "all" });
    expect(step.calls).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is asked for first and forced five seconds later", async () => {
    const step = fakeStep({});
    const ending = endWithin(step, 30_000, signal);
    await vi.advanceTimersByTimeAsync(24_999);
    expect(step.calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(step.calls).toEqual(["abort"]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(step.calls).toEqual(["abort", "kill"]);
    expect(await ending).toMatchObject({ state: "cut", result: "some" });
  });

  test("is forced five seconds after the run was stopped", async () => {
    const [step, abort] = [fakeStep({}), new AbortController()];
    const ending = endWithin(step, 300_000, abort.signal);
    abort.abort();
    await vi.advanceTimersByTimeAsync(5000);
    expect(step.calls).toEqual(["abort", "kill"]);
    expect(await ending).toMatchObject({ state: "cut", why: "the run was stopped" });
  });
});
