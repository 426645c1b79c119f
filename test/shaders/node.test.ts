import { describe, expect, test } from "vitest";
import * as kernels from "../../src/shaders/index.ts";
import { findFaults, type KernelCase } from "../support/kernels.ts";
import { hasBarriers, runInNode } from "../support/kernels-node.ts";
import { CASES } from "./cases/index.ts";

describe("every kernel in Node, by interpreting its WGSL", () => {
  for (const kernel of Object.values(kernels)) {
    const cases = CASES.filter((testCase) => testCase.kernel === kernel);

    test(`${kernel.name} has at least three cases, of names of their own`, () => {
      expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
      expect(cases.length).toBeGreaterThanOrEqual(3);
    });

    describe(kernel.name, () => {
      for (const testCase of cases) {
        test.skipIf(testCase.gpuOnly !== undefined)(`${testCase.name}${testCase.gpuOnly ? ` (GPU only: ${testCase.gpuOnly})` : ""}`, () => {
          const { after, races } = runInNode(testCase);
          expect(races.slice(0, 3)).toEqual([]);
          expect(findFaults(testCase, after)).toEqual([]);
        });
      }
    });
  }
});

describe("the race detector", () => {
  for (const kernel of Object.values(kernels).filter(hasBarriers)) {
    test(`would find ${kernel.name} without its barriers`, () => {
      // The smallest first: one is enough.
      const size = ({ read }: KernelCase) => Object.values(read).reduce((sum, { length }) => sum + length, 0);
      const cases = CASES.filter((testCase) => testCase.kernel === kernel && testCase.gpuOnly === undefined).sort(
        (a, b) => size(a) - size(b),
      );
      expect(cases.some((testCase) => runInNode(testCase, { barriers: false }).races.length > 0)).toBe(true);
    });
  }
});
