import { beforeAll, describe, expect, test } from "vitest";
import { importFile, measureModel } from "../../scripts/onnx-measure.ts";
import { openBuffer } from "../../src/nets/weights/byte-source.ts";
import { type Golden, readGolden, uniforms } from "../support/golden.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const FILES = import.meta.glob<string>("../golden/onnx/*.{onnx,data}", { query: "?url", import: "default", eager: true });
const NAMES = Object.keys(FILES).flatMap((path) => /([^/]+)\.onnx$/.exec(path)?.[1] ?? []);

interface Facts extends Record<"seed" | "mean" | "deviation", number> {
  nets: Record<string, { size: [number, number, number]; target: number; end: "" | "softmax" | "log" | "sigmoid" }>;
}

async function open(name: string) {
  const url = FILES[`../golden/onnx/${name}`];
  return url === undefined ? undefined : openBuffer(await (await fetch(url)).arrayBuffer(), name);
}

let golden: Golden;

beforeAll(async () => {
  golden = await readGolden("onnx");
});

describe("files of torch's two exporters and of others are imported: onnxruntime's outputs, and torch's gradient of the image", () => {
  test("every file has its vectors", () => {
    expect(NAMES.sort()).toEqual(Object.keys((golden.facts as Facts).nets).sort());
  });

  test.each(NAMES)("%s", async (name) => {
    const { seed, mean, deviation, nets } = golden.facts as Facts;
    const { size, target, end } = nets[name] as Facts["nets"][string];
    const [height, width, channels] = size;
    const model = await importFile(`${name}.onnx`, open, { height, width });
    expect(model.net[0]?.shape).toEqual(size);
    expect(model.outputs).toBe({ "": undefined, softmax: "softmax", log: "softmax", sigmoid: "sigmoid" }[end]);
    const stored = (what: string) => golden.tensors.get(`${name}.${what}`)?.values as Float32Array;
    const input = Array.from(uniforms(seed, height * width * channels), (u) => (u - mean) / deviation);
    const { logits, raw, settled, lost } = await measureModel(await sharedEngine(), model, {
      ...{ input, target, isLog: end === "log", logits: stored("logits"), gradient: stored("gradient") },
      corners: { shapes: stored("shapes"), samples: stored("samples"), doubts: stored("doubts") },
    });
    expect(logits, "outputs").toBeLessThan(1e-4);
    expect(raw, "gradient, as f32 has it").toBeLessThan(2e-2);
    expect(lost, "units in doubt that no layer holds").toBe(0);
    expect(settled, "gradient, where all units are on float64's side").toBeLessThan(2e-5);
  });
});
