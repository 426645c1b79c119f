import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/faces/all.ts";
import { announce } from "../../src/page/announcer.ts";
import type { Judged, Judging } from "../../src/page/judge/judged.ts";
import { newRun } from "../../src/page/run.ts";
import { type Run, type State, Store } from "../../src/page/state.ts";

const explanation = { map: new Float32Array(1), method: "relabel", samples: 250, aborted: false } as Explanation;

/** All that is said while the state goes through these changes. */
function said(...changes: Partial<State>[]): string[] {
  const store = new Store();
  const all: string[] = [];
  store.add((state, before) => {
    const text = announce(state, before);
    if (text) all.push(text);
  });
  for (const change of changes) store.set(change);
  return all;
}

describe("what screen readers are told", () => {
  test("a run: its stages, each quarter of its samples, and the outcome", () => {
    const at = (samples: number): Run => ({ ...newRun(false), stage: "sample", done: samples, total: 100, samples, asked: 100 });
    const steps = Array.from({ length: 101 }, (_, samples) => ({ run: at(samples) }));
    expect(said(...steps, { run: undefined, explanation })).toEqual([
      "0 of 100 samples",
      "25 of 100 samples",
      "50 of 100 samples",
      "75 of 100 samples",
      "100 of 100 samples",
      "The map is finished, from 250 samples.",
    ]);
  });

  test("a map that is not of all samples is called stopped", () => {
    expect(said({ explanation: { ...explanation, samples: 40, aborted: true } })).toEqual([
      "Stopped: the map is from the first 40 samples.",
    ]);
  });

  const asking = (done: number, change: Partial<Judging> = {}): Partial<State> => ({
    judging: { question: "seeds", done, total: 8, stopping: false, restarting: false, ...change },
  });
  const judged: Judged = { explanation, checks: { seeds: { mean: 0.95, lowest: 0.92, pairs: 3 } } };

  test("a question: its quarters, a lost GPU, and the answer", () => {
    const steps = [asking(0), asking(1), asking(2), asking(0, { restarting: true }), asking(4), asking(5)];
    expect(said({ explanation }, ...steps, { judged }, { judging: undefined }).slice(1)).toEqual([
      "Is it chance? 0 of 8",
      "Is it chance? 2 of 8",
      "The GPU was lost: starting again",
      "Is it chance? 4 of 8",
      expect.stringMatching(/^Is it chance\? Chance has little say in it\. /),
    ]);
  });

  test("a question that is stopped", () => {
    expect(said({ explanation }, asking(0), asking(0, { stopping: true }), { judging: undefined }).slice(1)).toEqual([
      "Is it chance? 0 of 8",
      "Stopping…",
      "Stopped.",
    ]);
  });
});
