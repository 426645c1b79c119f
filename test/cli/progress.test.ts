import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ProgressBar } from "../../src/cli/progress.ts";

let written: string;

beforeEach(() => {
  vi.useFakeTimers();
  written = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written += text;
    return true;
  });
  for (const name of ["CI", "NO_COLOR", "TERM"]) vi.stubEnv(name, undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Reflect.deleteProperty(process.stderr, "isTTY");
});

function setTerminal(isTTY: boolean): void {
  Object.defineProperty(process.stderr, "isTTY", { value: isTTY, configurable: true });
}

/** Ten steps of a second each, and the end. */
function run(): void {
  const bar = new ProgressBar();
  for (let done = 0; done <= 10; done++) {
    bar.show("sampling", done, 10, { note: " | 5 % shifted" });
    vi.advanceTimersByTime(1000);
  }
  bar.stop();
}

const ESCAPE = "\u001b";

test("on a terminal one line is drawn again and again", () => {
  setTerminal(true);
  run();
  expect(written).toContain(ESCAPE);
  expect(written.match(/sampling/g)?.length).toBeGreaterThan(9);
  expect(written).toContain("50 % | 5/10 | ETA 5s");
});

describe("lines are plain and seldom", () => {
  test.each<[string, boolean, Record<string, string>]>([
    ["without a terminal", false, {}],
    ["with NO_COLOR", true, { NO_COLOR: "1" }],
    ["in CI", true, { CI: "true" }],
    ["on a terminal that is dumb", true, { TERM: "dumb" }],
  ])("%s", (_, isTTY, env) => {
    setTerminal(isTTY);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    run();
    for (const control of [ESCAPE, "\r"]) expect(written).not.toContain(control);
    const lines = written.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/.*\| (\d+\/10) .*/, "$1"))).toEqual(["0/10", "4/10", "9/10", "10/10"]);
    expect(lines[0]).toContain("0 % | 0/10 | ETA ?");
    expect(lines.at(-1)).toMatch(/\[={30}\] 100 % \| 10\/10 \| ETA 0s/);
  });

  test("what a stalled bar shows last is printed all the same", () => {
    setTerminal(false);
    const bar = new ProgressBar();
    bar.showDownload("a.safetensors", 0, 1_000_000);
    vi.advanceTimersByTime(1000);
    bar.showDownload("a.safetensors", 700_000, 1_000_000);
    expect(written).not.toContain("0.7/1.0 MB");
    vi.advanceTimersByTime(5000);
    expect(written).toContain("70 % | 0.7/1.0 MB | ETA 1s | 0.7 MB/s");
    bar.stop();
    expect(written.match(/0\.7\/1\.0 MB/g)).toHaveLength(1);
  });
});
