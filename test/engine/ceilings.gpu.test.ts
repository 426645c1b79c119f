import { expect, test } from "vitest";
import { measureCeilings } from "../../src/engine/ceilings.ts";
import { Engine } from "../../src/engine/engine.ts";
import { Stopwatch } from "../../src/engine/stopwatch.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const PACKED = "packed_4x8_integer_dot_product";
const ALWAYS = ["gflops", "gigabytes", "read", "write"];

async function measured(gpu: GPU) {
  const engine = await Engine.create({ device: await sharedDevice(), gpu });
  const stopwatch = new Stopwatch(engine);
  const before = engine.memory.used;
  try {
    const ceilings = await measureCeilings(engine, stopwatch);
    // Staging for what is read back stays; the buffers that were copied do not.
    expect(engine.memory.used).toBeLessThan(before + 1e4);
    return ceilings;
  } finally {
    stopwatch.dispose();
    engine.dispose();
  }
}

test("every ceiling that the device has is a positive rate, and the others are absent", async () => {
  const ceilings = await measured(navigator.gpu);
  const half = (await sharedDevice()).features.has("shader-f16") ? ["gflopsF16"] : [];
  const bytes = navigator.gpu.wgslLanguageFeatures.has(PACKED) ? ["gopsDot4"] : [];
  expect(Object.keys(ceilings).sort()).toEqual([...ALWAYS, ...half, ...bytes].sort());
  for (const [name, rate] of Object.entries(ceilings)) expect(Number.isFinite(rate) && rate > 0, name).toBe(true);
  // Both move half of what the copy does; a kernel that left its work out would be many times as fast.
  expect(ceilings.read / ceilings.gigabytes).toBeLessThan(20);
  expect(ceilings.write / ceilings.gigabytes).toBeLessThan(20);
});

test("where WGSL has no packed dot products, there is no ceiling of them", async () => {
  const without = { wgslLanguageFeatures: new Set<string>() } as unknown as GPU;
  expect(Object.keys(await measured(without))).not.toContain("gopsDot4");
});
