import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { GraphBuilder } from "../../../src/ops/builder.ts";
import { runCli, temporaryFolder } from "../../support/command-line.ts";
import { onnxOf } from "../../support/onnx-of.ts";

const [HEIGHT, WIDTH] = [24, 32];

/** Sees colours: what is red, green or blue in a quarter of the photo is as likely as what fills the rest. */
function colourClassifier(): Uint8Array<ArrayBuffer> {
  const g = new GraphBuilder();
  const pure = g.activation(g.conv(g.input([HEIGHT, WIDTH, 3]), "pure", { outputs: 3, kernel: 1, bias: true }), "relu", "pure.relu");
  const much = g.conv(g.globalPool(pure), "much", { outputs: 3, kernel: 1, bias: true });
  g.linear(g.activation(much, "relu6", "much.relu"), "head", 3);
  // A quarter of pure red is a mean of 1/4, and 6 after the second layer; twice that are the logits.
  const [same, others] = [{ pure: 1, much: 24, head: 2 }, { pure: -1 }] as Record<string, number>[];
  const diagonal = (layer: string) => Float32Array.from({ length: 9 }, (_, i) => (i % 4 === 0 ? same?.[layer] : others?.[layer]) ?? 0);
  const tensor = (key: string) => (key.endsWith("bias") ? new Float32Array(3) : diagonal(key.split(".")[0] as string));
  return onnxOf("colours", g.nodes, tensor).onnx;
}

test("colours pasted on others are found, by shards of which one was interrupted", async () => {
  const folder = await temporaryFolder();
  const [photos, model] = [join(folder, "photos"), join(folder, "colours.onnx")];
  await mkdir(photos);
  await writeFile(model, colourClassifier());
  for (const [name, background] of Object.entries({ red: "#f00", green: "#0f0", blue: "#00f" })) {
    const image = sharp({ create: { width: 40, height: 30, channels: 3, background } });
    await image.png().toFile(join(photos, `${name}.png`));
  }
  const asked = ["evaluate", "planted", photos, "--model", model, "--preprocess", "unit", "--methods", "occlusion", "--set", "window=60"];
  const shard = (index: number, settings = {}) => runCli([...asked, "--shard", `${index}/2`, "--out", join(folder, `${index}`)], settings);
  const cut = await shard(0, { interruptAt: /evaluating/ });
  expect(cut.code, cut.stderr).toBe(130);
  for (const part of [await shard(0), await shard(1)]) expect(part.code, part.stderr).toBe(0);
  const merged = await runCli(["evaluate", "merge", join(folder, "0"), join(folder, "1"), "--json", "--out", join(folder, "merged")]);
  expect(merged.code, merged.stderr).toBe(0);
  const { rows } = JSON.parse(merged.stdout);
  expect(rows[0]).toMatchObject({ name: "occlusion", photos: 3 });
  expect(rows[0].measures.auc.mean).toBeGreaterThan(0.9);
  expect(rows.slice(1).every((row: { measures: { auc: { mean: number } } }) => row.measures.auc.mean < 0.9)).toBe(true);
}, 120_000);
