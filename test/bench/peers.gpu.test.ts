import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Peer, PeerModule, PeerNet, PeerRun } from "../../bench/peers/peer.ts";
import { requestDevice } from "../../src/engine/adapter.ts";
import { describeActivation } from "../../src/ops/activation-functions.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { worstError } from "../support/golden.ts";
import { ACTIVATIONS, activationCase, LAYER_NAMES, layerCase, maskedCase, netCase, SMALL_NET_NAMES, smallNetCase } from "./peer-case.ts";

const MODULES: Record<string, () => Promise<PeerModule>> = {
  ort: () => import("../../bench/peers/ort.ts"),
  "ort-wasm": () => import("../../bench/peers/ort-wasm.ts"),
  tfjs: () => import("../../bench/peers/tfjs.ts"),
};

const TOLERANCE = 1e-4;

describe.each(Object.keys(MODULES))("%s", (name) => {
  let device: GPUDevice;
  let peer: Peer;
  const errors: string[] = [];

  beforeAll(async () => {
    device = await requestDevice(navigator.gpu);
    device.onuncapturederror = ({ error }) => errors.push(error.message);
    peer = await (MODULES[name] as () => Promise<PeerModule>)().then((module) => module.open(device));
  });

  afterAll(() => {
    peer.dispose();
    expect(errors).toEqual([]);
    device.destroy();
  });

  test.each(LAYER_NAMES)("computes %s", async (layer) => {
    const { spec, expected } = layerCase(layer, layer === "depthwise" ? "relu6" : "relu", layer !== "depthwise");
    const opened = await peer.layer(spec);
    if (name === "tfjs" && layer === "grouped") {
      expect(opened).toBe("TensorFlow.js has no grouped convolutions.");
      return;
    }
    const run = opened as PeerRun;
    await run.run();
    expect(worstError(await run.read(), expected)).toBeLessThan(TOLERANCE);
    run.dispose();
  });

  const CASES = [
    ...SMALL_NET_NAMES.map((name) => [name, () => smallNetCase(name)] as const),
    ...ACTIVATIONS.map((activation) => [describeActivation(activation), () => activationCase(activation)] as const),
  ];
  test.each(CASES)("computes %s", async (_, makeCase) => {
    const { spec, expected } = makeCase();
    const run = (await peer.net(spec)) as PeerRun;
    await run.run();
    expect(worstError(await run.read(), expected)).toBeLessThan(TOLERANCE);
    run.dispose();
  });

  test("a net behind masks: the sum of the masks, each times the probability of what it shows; inputs can be replaced", async () => {
    const { spec, expected, others } = maskedCase();
    const run = (await peer.net(spec)) as PeerNet;
    for (const [index, values] of others.entries()) run.write(index, values);
    await run.run();
    for (const [index, values] of spec.inputs.entries()) run.write(index, values);
    await run.run();
    expect(worstError(await run.read(), expected)).toBeLessThan(TOLERANCE);
    run.dispose();
  });

  if (name === "tfjs") {
    test("says which activation it does not have", async () => {
      expect(await peer.net(activationCase({ name: "elu", alpha: 0.5 }).spec)).toBe("TensorFlow.js has ELUs of an alpha of 1 only.");
    });
  }

  test("computes a net of every operation, again and again, beside another run", async () => {
    const { spec, expected } = netCase();
    const { spec: other, expected: otherExpected } = layerCase("gemm", undefined, false);
    const [net, gemm] = [(await peer.net(spec)) as PeerRun, (await peer.layer(other)) as PeerRun];
    for (let round = 0; round < 2; round++) {
      await net.submit?.();
      await gemm.run();
      await net.run();
      expect(worstError(await net.read(), expected)).toBeLessThan(TOLERANCE);
      expect(worstError(await gemm.read(), otherExpected)).toBeLessThan(TOLERANCE);
    }
    net.dispose();
    await gemm.run();
    expect(worstError(await gemm.read(), otherExpected)).toBeLessThan(TOLERANCE);
    gemm.dispose();
  });

  test("says which layer of a net it does not compare", async () => {
    const g = new GraphBuilder();
    g.upsample(g.input([2, 2, 4]), 2);
    const spec = { name: "decoder", batch: 1, nodes: g.nodes, tensor: () => new Float32Array(), inputs: [new Float32Array(16)] };
    expect(await peer.net(spec)).toBe("decoder has a layer that is not compared: upsample (upsample).");
  });
});
