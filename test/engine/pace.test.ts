import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Pace } from "../../src/engine/pace.ts";

/** A queue whose work ends when the test says so. */
class FakeQueue {
  submitted = 0;
  readonly #ends: (() => void)[] = [];

  submit(commands: unknown[]): void {
    this.submitted += commands.length;
  }

  onSubmittedWorkDone(): Promise<void> {
    return new Promise((resolve) => this.#ends.push(resolve));
  }

  /** Ends the oldest work. */
  async end(): Promise<void> {
    this.#ends.shift()?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

let queue: FakeQueue;
let pace: Pace;
let now: number;
const commands = {} as GPUCommandBuffer;

beforeEach(() => {
  now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  queue = new FakeQueue();
  pace = new Pace(queue);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Submits `operations` that take `milliseconds`, alone on the queue. */
async function work(operations: number, milliseconds: number, label = "plan"): Promise<void> {
  const done = pace.submit(commands, operations, label);
  now += milliseconds;
  await queue.end();
  await done;
}

describe("Pace", () => {
  test("keeps at most two submits in flight", async () => {
    let second = false;
    await pace.submit(commands, 1, "a");
    const waiting = pace.submit(commands, 1, "a").then(() => {
      second = true;
    });
    await Promise.resolve();
    expect([queue.submitted, second]).toEqual([2, false]);
    await queue.end();
    await waiting;
    expect(second).toBe(true);
  });

  test("learns the adapter's speed: the budget tends to what takes 100 ms", async () => {
    for (let i = 0; i < 30; i++) await work(pace.budget, (pace.budget / 4e9) * 1000);
    expect(pace.budget).toBeGreaterThan(0.95 * 4e8);
    expect(pace.budget).toBeLessThan(1.05 * 4e8);
  });

  test("one odd time changes the budget by no more than a factor of two, either way", async () => {
    const before = pace.budget;
    await work(1e15, 0);
    expect(pace.budget).toBe(2 * before);
    await work(1, 60_000);
    expect(pace.budget).toBeGreaterThanOrEqual(before);
  });

  test("never starves: however slow the adapter, a submit may hold some work", async () => {
    for (let i = 0; i < 50; i++) await work(1, 10_000);
    expect(pace.budget).toBeGreaterThanOrEqual(1e7);
  });

  test("accounts time to labels, each submit from the end of the one before", async () => {
    const first = pace.submit(commands, 1, "a");
    const second = pace.submit(commands, 1, "b");
    now = 300;
    await queue.end();
    now = 500;
    await queue.end();
    await Promise.all([first, second]);
    expect(pace.spent("a")).toBeCloseTo(0.3, 12);
    expect(pace.spent("b")).toBeCloseTo(0.2, 12);
    expect(pace.spent("c")).toBe(0);
  });

  test("drain waits for everything submitted", async () => {
    let drained = false;
    await pace.submit(commands, 1, "a");
    const draining = pace.drain().then(() => {
      drained = true;
    });
    await queue.end();
    expect(drained).toBe(false);
    await queue.end();
    await draining;
    expect(drained).toBe(true);
  });
});
