import { describe, expect, test } from "vitest";
import type { Node } from "../../src/graph/graph.ts";
import { placeValues } from "../../src/nets/placement.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { fuseNet } from "../../src/ops/operations.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";

/** "label: first vec4 of all vec4s of the concat it lies in". */
function placesOf(nodes: readonly Node[], apart: readonly Node[] = []): string[] {
  const placements = [...placeValues(fuseNet(nodes), new Set(apart))];
  return placements.map(([{ label }, { root, first4, of4 }]) => `${label}: ${first4} of ${of4} in ${root.label}`).sort();
}

const conv = (g: GraphBuilder, x: Node, key: string, outputs: number) => g.conv(x, key, { outputs, kernel: 1 });

function joined(...channels: number[]): Node[] {
  const g = new GraphBuilder();
  const x = g.input([4, 4, 4]);
  g.concat(channels.map((count, i) => conv(g, x, "abcdef"[i] as string, count)));
  return g.nodes;
}

describe("whole vec4s", () => {
  test.each<[string, number[], string[]]>([
    ["one behind the other", [4, 8], ["a: 0 of 3 in concat", "b: 1 of 3 in concat"]],
    ["the last may end within one", [8, 4, 3], ["a: 0 of 4 in concat", "b: 2 of 4 in concat", "c: 3 of 4 in concat"]],
    ["a part of one is copied, and what is cut by it", [12, 5, 7, 8], ["a: 0 of 8 in concat", "d: 6 of 8 in concat"]],
    ["halves of 26 channels", [26, 26], []],
  ])("%s", (_, channels, places) => {
    expect(placesOf(joined(...channels))).toEqual(places);
  });
});

test("an activation and a norm go along; a sum is computed apart, and so is what a kernel does not place", () => {
  const g = new GraphBuilder();
  const x = g.input([4, 4, 4]);
  const relu = g.activation(g.batchNorm(conv(g, x, "a", 4), "norm", 1e-5), "relu", "relu");
  g.concat([relu, g.add(conv(g, x, "b", 4), x), g.prelu(x, "prelu"), x, g.maxPool(x, 3, 1, 1, "pool")]);
  expect(placesOf(g.nodes)).toEqual(["pool: 4 of 5 in concat", "relu: 0 of 5 in concat"]);
});

test("what others read is placed where they read strips alone", () => {
  const g = new GraphBuilder();
  const x = g.input([4, 4, 4]);
  const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map((key) => conv(g, x, key, 4)) as [Node, Node, Node, Node, Node];
  g.batchNorm(a, "norm", 1e-5);
  conv(g, b, "reader", 4);
  g.add(conv(g, x, "sum", 4), c);
  g.concat([d], "other");
  g.concat([a, b, c, d, e, e]);
  expect(placesOf(g.nodes)).toEqual(["a: 0 of 6 in concat"]);
});

test("a concat lies in another, and what goes into it at its place there", () => {
  const g = new GraphBuilder();
  const x = g.input([4, 4, 4]);
  const inner = g.concat([conv(g, x, "a", 8), conv(g, x, "b", 4)], "inner");
  g.concat([conv(g, x, "c", 4), inner, conv(g, x, "d", 2)], "outer");
  const outer = ["c: 0 of 5 in outer", "d: 4 of 5 in outer"];
  expect(placesOf(g.nodes)).toEqual(["a: 1 of 5 in outer", "b: 3 of 5 in outer", ...outer, "inner: 1 of 5 in outer"]);
  // Copied, since somebody wants it by itself.
  expect(placesOf(g.nodes, [inner])).toEqual(["a: 0 of 3 in inner", "b: 2 of 3 in inner", ...outer]);
});

test.each([
  ["densenet121", 116],
  ["googlenet", 36],
  ["squeezenet1_1", 16],
])("nothing is copied for a concat of %s", async (name, places) => {
  const nodes = await findTeacher(name).nodes({ input: [224, 224, 3], classes: 1000 });
  const concats = nodes.filter(({ op }) => op === "concat");
  const placements = placeValues(fuseNet(nodes), new Set<Node>());
  expect(concats.flatMap(({ inputs }) => inputs).filter((input) => !placements.has(input))).toEqual([]);
  expect(placements.size).toBe(concats.flatMap(({ inputs }) => inputs).length);
  expect(placements.size).toBe(places);
});
