import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { startsOf, writers } from "../../src/ops/copied-channels.ts";
import { fuseNet } from "../../src/ops/operations.ts";
import { thrown } from "../support/errors.ts";
import { Random } from "../support/random.ts";

/** Operations that copy values to other places. */

test("shapes", () => {
  const g = new GraphBuilder();
  const x = g.input([9, 6, 10]);
  expect(g.concat([x, x, g.slice(x, 3, 1)]).shape).toEqual([9, 6, 21]);
  expect(g.slice(x, 4, 6).shape).toEqual([9, 6, 6]);
  expect(g.shuffle(x, 5).shape).toEqual([9, 6, 10]);
  expect(g.pad(x, [1, 2, -3, 4]).shape).toEqual([7, 12, 10]);
  expect(g.crop(x, [1, 2, 3, 0]).shape).toEqual([5, 4, 10]);
  expect(g.resizeNearest(x, 3).shape).toEqual([27, 18, 10]);
  expect(g.resizeNearest(x, [4, 7]).shape).toEqual([4, 7, 10]);
});

type Build = (g: GraphBuilder) => unknown;

const image = (g: GraphBuilder) => g.input([3, 4, 6], "image");

test.each<[string, Build, string]>([
  ["no inputs", (g) => g.concat([], "joined"), '"joined" joins no inputs'],
  [
    "inputs of other widths",
    (g) => g.concat([image(g), g.input([3, 5, 6], "wide")], "joined"),
    '"joined" joins "image" of 3x4 pixels and "wide" of 3x5',
  ],
  ["channels behind the last", (g) => g.slice(image(g), 4, 3), 'takes 3 channels of "image" from number 4 on, and there are 6'],
  ["no channels", (g) => g.slice(image(g), 4, 0), "takes 0 channels"],
  ["channels from a negative one on", (g) => g.slice(image(g), -1, 2), "from number -1 on"],
  ["half a channel", (g) => g.slice(image(g), 0.5, 2), "from number 0.5 on"],
  ["groups of several sizes", (g) => g.shuffle(image(g), 4), 'cannot make 4 groups of the 6 channels of "image"'],
  ["no groups", (g) => g.shuffle(image(g), 0), "cannot make 0 groups"],
  ["three sides", (g) => g.pad(image(g), [1, 1, 1] as never), "not four whole numbers"],
  ["half a pixel", (g) => g.pad(image(g), [0, 0.5, 0, 0]), "not four whole numbers"],
  ["a crop of everything, padded anew", (g) => g.pad(image(g), [-3, 0, 9, 0]), "which leaves none of them"],
  ["a crop from both sides", (g) => g.crop(image(g), [0, 2, 0, 2]), "which leaves none of them"],
  ["a crop that adds", (g) => g.crop(image(g), [0, 0, -1, 0]), "takes [0, 0, -1, 0] pixels away"],
  ["a reflection beyond the other edge", (g) => g.pad(image(g), [0, 0, 3, 0], { mode: "reflect" }), "which reach beyond the other edge"],
  ["an infinite constant", (g) => g.pad(image(g), [1, 1, 1, 1], { value: Number.NEGATIVE_INFINITY }), "pads with -Infinity"],
  ["a constant beyond f32", (g) => g.pad(image(g), [1, 1, 1, 1], { value: 1e39 }), "pads with 1e+39"],
  ["half a factor", (g) => g.resizeNearest(image(g), 1.5), "resizes to [1.5]"],
  ["no height", (g) => g.resizeNearest(image(g), [0, 4]), "resizes to [0,4]"],
])("%s: refused", (_, build, message) => {
  expect(thrown(() => build(new GraphBuilder()))).toMatchObject({ code: "INVALID", message: expect.stringContaining(message) });
});

describe("fusion", () => {
  test("a concat takes nothing in, and may itself be what another store adds", () => {
    const g = new GraphBuilder();
    const x = g.input([4, 4, 4]);
    const joined = g.concat([x, x]);
    const relu = g.activation(joined, "relu");
    const conv = g.conv(x, "conv", { outputs: 8, kernel: 1 });
    const sum = g.add(relu, conv);
    expect(fuseNet(g.nodes)).toEqual([
      { node: joined, output: joined },
      { node: relu, activation: "relu", output: relu },
      { node: conv, residual: relu, output: sum },
    ]);
  });

  test("a sum that is joined is a store's; a value that is joined and added is not absorbed", () => {
    const g = new GraphBuilder();
    const x = g.input([4, 4, 4]);
    const a = g.conv(x, "a", { outputs: 4, kernel: 1 });
    const sum = g.add(a, x);
    const b = g.conv(x, "b", { outputs: 4, kernel: 1 });
    const other = g.add(b, x);
    const joined = g.concat([sum, b, other]);
    expect(fuseNet(g.nodes)).toEqual([
      { node: a, residual: x, output: sum },
      { node: b, output: b },
      { node: other, output: other },
      { node: joined, output: joined },
    ]);
  });
});

test("dispatches of a concat write every vec4 once, each with all images that lie in it", () => {
  const random = new Random(5);
  const lists = Array.from({ length: 300 }, () => Array.from({ length: random.integer(1, 12) }, () => random.integer(1, 9)));
  for (const channels of [...lists, Array(13).fill(1), [58, 58], [64, 32, 32, 32, 32, 32]]) {
    const starts = startsOf(channels);
    const channels4 = Math.ceil((starts.at(-1) as number) / 4);
    let next4 = 0;
    for (const { first, last, first4, end4 } of writers(starts)) {
      expect(first4).toBe(next4);
      expect(end4).toBeGreaterThan(first4);
      next4 = end4;
      expect(last - first).toBeLessThan(4);
      expect(starts[first]).toBeLessThanOrEqual(4 * first4);
      // Up to the last vec4 nothing is another image's.
      expect(starts[first + 1]).toBeGreaterThan(4 * (end4 - 1));
      expect(starts[last + 1]).toBeGreaterThanOrEqual(Math.min(4 * end4, starts.at(-1) as number));
    }
    expect(next4, `${channels}`).toBe(channels4);
  }
});
