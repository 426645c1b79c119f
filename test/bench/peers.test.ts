import { expect, test } from "vitest";
import * as ortWasm from "../../bench/peers/ort-wasm.ts";
import type { NetSpec, PeerRun } from "../../bench/peers/peer.ts";
import { largestArray, layerProgram } from "../../bench/peers/program.ts";
import { describeActivation } from "../../src/ops/activation-functions.ts";
import { worstError } from "../support/golden.ts";
import { ACTIVATIONS, activationCase, type Case, LAYER_NAMES, layerCase, netCase, SMALL_NET_NAMES, smallNetCase } from "./peer-case.ts";

/** The models that onnxruntime-web is given, computed by it on the CPU. */

test.each(LAYER_NAMES)("%s is a model that onnxruntime-web computes", async (name) => {
  const peer = await ortWasm.open();
  for (const activation of [undefined, "relu", "relu6"] as const) {
    for (const residual of [false, true]) {
      const { spec, expected } = layerCase(name, activation, residual);
      const run = (await peer.layer(spec)) as PeerRun;
      await run.run();
      expect(worstError(await run.read(), expected), `${activation} ${residual}`).toBeLessThan(1e-5);
      run.dispose();
    }
  }
});

test.each(SMALL_NET_NAMES)("%s is a model that onnxruntime-web computes", async (name) => {
  await expectRight(smallNetCase(name));
});

test.each(ACTIVATIONS.map((activation) => [describeActivation(activation), activation] as const))(
  "%s is a model that onnxruntime-web computes",
  async (_, activation) => expectRight(activationCase(activation)),
);

async function expectRight({ spec, expected }: Case<NetSpec>): Promise<void> {
  const run = (await (await ortWasm.open()).net(spec)) as PeerRun;
  await run.run();
  expect(worstError(await run.read(), expected)).toBeLessThan(1e-5);
  run.dispose();
}

test("a net of every operation is a model that onnxruntime-web computes", async () => {
  const { spec, expected } = netCase();
  const run = (await (await ortWasm.open()).net(spec)) as PeerRun;
  await run.run();
  expect(worstError(await run.read(), expected)).toBeLessThan(1e-5);
  run.dispose();
});

test("the largest array may be an input, an output or the weights", () => {
  const { spec } = layerCase("conv 1x1", undefined, false);
  const bytes = (changes: Partial<typeof spec>) => largestArray(layerProgram({ ...spec, ...changes }));
  expect(bytes({})).toBe(4 * 2 * 6 * 5 * 16);
  expect(bytes({ outputs: 100 })).toBe(4 * 2 * 6 * 5 * 100);
  expect(bytes({ weights: new Float32Array(5000) })).toBe(4 * 5000);
});
