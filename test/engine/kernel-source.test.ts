import { expect, test } from "vitest";
import { kernelSource } from "../../src/engine/kernel-source.ts";

test("finds the WGSL of a kernel by its name, under constants", async () => {
  expect(await kernelSource("winograd_input", {})).toContain("fn main(");
  expect(await kernelSource("matmul", { TILE_ROWS: 5 })).toMatch(/const TILE_ROWS: u32 = 5;/);
  expect(await kernelSource("abacus", {})).toBeUndefined();
});
