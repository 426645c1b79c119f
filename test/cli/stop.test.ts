import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenForStop } from "../../src/cli/stop.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
let before: Map<string, unknown[]>;

beforeEach(() => {
  before = new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]));
  vi.spyOn(process, "exit").mockImplementation((() => {}) as never);
});

afterEach(() => {
  for (const signal of SIGNALS) {
    for (const listener of process.listeners(signal)) if (!before.get(signal)?.includes(listener)) process.off(signal, listener);
  }
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test("the first signal stops in order, its copy by npm is no second one, and a later one ends the process", () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(1000);
  const first = vi.fn();
  const stop = listenForStop(first);
  stop("SIGINT");
  expect([first.mock.calls.length, process.exitCode]).toEqual([1, 130]);
  now.mockReturnValue(1005);
  stop("SIGINT");
  expect(process.exit).not.toHaveBeenCalled();
  now.mockReturnValue(1600);
  stop("SIGTERM");
  expect([first.mock.calls.length, vi.mocked(process.exit).mock.calls]).toEqual([1, [[143]]]);
});

test("a closed pipe has a code on every system", () => {
  listenForStop(() => {})("SIGNONE" as NodeJS.Signals);
  expect(process.exitCode).toBe(141);
});
