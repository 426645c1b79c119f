import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import * as kernels from "../../src/shaders/index.ts";
import { findFaults } from "../support/kernels.ts";
import { runOnGpu } from "../support/kernels-gpu.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { CASES } from "./cases/index.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

for (const kernel of Object.values(kernels)) {
  describe(kernel.name, () => {
    for (const testCase of CASES.filter((candidate) => candidate.kernel === kernel)) {
      test(testCase.name, async (context) => {
        const { feature } = testCase;
        if (feature && !engine.device.features.has(feature)) return context.skip(`this device has no ${feature}`);
        expect(findFaults(testCase, await runOnGpu(engine, testCase))).toEqual([]);
      });
    }
  });
}
