import { beforeAll, describe, expect, test } from "vitest";
import { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import type { Precision } from "../../src/ops/packed-weights.ts";
import { findTeacher, type TeacherDefinition } from "../../src/zoo/teachers.ts";
import { decoder, encoder, OWN_TENSORS, Vae } from "../../src/zoo/vae.ts";
import { LATENT } from "../../src/zoo/vae-size.ts";
import { rejected } from "../support/errors.ts";
import { cases, SEED } from "../support/long.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { encodeSafetensors, f32, type StoredTensor } from "../support/safetensors-file.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { TOY } from "../support/toy-teacher.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** Where the values of every tensor lie in a file. */
function layoutOf(file: ArrayBuffer): [key: string, entry: { dtype: string; shape: number[]; at: number }][] {
  const origin = 8 + Number(new DataView(file).getBigUint64(0, true));
  const { __metadata__, ...header } = JSON.parse(new TextDecoder().decode(file.slice(8, origin)));
  return Object.entries(header as Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>).map(
    ([key, { dtype, shape, data_offsets: offsets }]) => [key, { dtype, shape, at: origin + offsets[0] }],
  );
}

/** Puts NaN and then infinity into random places of random tensors, one at a time, and demands that loading names them. */
async function spoil(definition: TeacherDefinition, file: ArrayBuffer, tensors: number): Promise<void> {
  const random = new Random(SEED);
  const layout = layoutOf(file);
  for (let trial = 0; trial < tensors; trial++) {
    const [key, { dtype, shape, at }] = layout[random.integer(0, layout.length - 1)] as (typeof layout)[number];
    const index = random.integer(0, sizeOf(shape) - 1);
    const half = dtype === "F16";
    for (const [value, bits] of [
      ["NaN", half ? 0x7e00 : 0x7fc00000],
      ["-Infinity", half ? 0xfc00 : 0xff800000],
    ] as const) {
      const spoilt = new DataView(file.slice(0));
      if (half) spoilt.setUint16(at + 2 * index, bits, true);
      else spoilt.setUint32(at + 4 * index, bits, true);
      const error = await rejected(async () => Teacher.load(engine, definition, await openWeights(spoilt.buffer, "spoilt.safetensors")));
      const place: number[] = [];
      for (let rest = index, axis = shape.length - 1; axis >= 0; axis--) {
        place.unshift(rest % (shape[axis] as number));
        rest = Math.floor(rest / (shape[axis] as number));
      }
      expect(error).toMatchObject({
        code: "BAD_WEIGHTS",
        message: `spoilt.safetensors: tensor "${key}" holds ${value} at index ${index}, [${place.join(", ")}].`,
      });
    }
  }
}

describe("one value that is not finite, anywhere in a teacher's file, is refused by name", () => {
  test("of a small net", async () => {
    const shapes = weightShapes(TOY.nodes());
    const tensors = [...randomTensors(TOY.nodes(), 5)].map(([key, values]) => [key, f32([...(shapes.get(key) ?? [])], values)] as const);
    const file = encodeSafetensors(Object.fromEntries(tensors));
    await Teacher.load(engine, TOY, await openWeights(file, "toy.safetensors")).then((teacher) => teacher.dispose());
    const before = engine.memory.used;
    await spoil(TOY, file, 20);
    expect(engine.memory.used).toBe(before);
  });

  test("of EfficientNet-Lite0", async () => {
    const file = await (await fetch("/weights/efficientnet-lite0.safetensors")).arrayBuffer();
    await spoil(findTeacher("efficientnet-lite0"), file, cases(20));
  });
});

describe("numbers that become infinite on their way to the GPU are refused", () => {
  /** A 1x1 convolution of 4 channels with a batch norm, after a stem. */
  function nodes(kernel = 1, epsilon = 1e-5): Node[] {
    const g = new GraphBuilder();
    const stem = g.conv(g.input([8, 8, 3]), "stem", { outputs: 4, kernel: 1 });
    g.batchNorm(g.conv(stem, "conv", { outputs: 6, kernel, padding: (kernel - 1) / 2, bias: true }), "bn", epsilon);
    return g.nodes;
  }

  async function load(changes: Record<string, [index: number, value: number][]>, net = nodes(), precision: Precision = "f32") {
    const tensors = new Map([...randomTensors(net, 1)].map(([key, values]) => [key, values.slice()]));
    for (const [key, list] of Object.entries(changes)) for (const [index, value] of list) (tensors.get(key) as Float32Array)[index] = value;
    return rejected(async () => (await Net.load(engine, net, sourceOf(tensors), { precision })).dispose());
  }

  test.for<[string, Parameters<typeof load>, RegExp]>([
    [
      "a negative variance",
      [{ "bn.running_var": [[4, -1e-6]] }],
      /^Tensor "bn\.running_var" holds -9\.99\S+ at index 4, \[4\], where a variance/,
    ],
    ["a variance of 0 and no epsilon", [{ "bn.running_var": [[2, 0]] }, nodes(1, 0)], /"bn\.running_var" holds 0 at index 2, \[2\]/],
    [
      "a batch norm's scale beyond f32",
      [{ "bn.weight": [[5, 3e38]], "bn.running_var": [[5, 0]] }],
      /"bn\.weight" makes .* scale Infinity .* at index 5/,
    ],
    [
      "a batch norm's shift beyond f32",
      [{ "bn.weight": [[1, 1e38]], "bn.running_mean": [[1, 1e5]] }],
      /"bn\.weight" makes .* shift -Infinity .* index 1/,
    ],
    [
      "a weight beyond f32 once it is scaled",
      [{ "conv.weight": [[13, -1e20]], "bn.weight": [[3, 1e25]] }],
      /"conv\.weight" holds -1\S+, times \S+ of its batch norm, at index 13, \[3, 1, 0, 0\], which is too large for f32/,
    ],
    [
      "a 3x3 weight that transforms would take beyond f32",
      [{ "conv.weight": [[7, 3e38]], "bn.weight": [[0, 1]], "bn.running_var": [[0, 1]] }, nodes(3)],
      /at index 7, \[0, 0, 2, 1\], which is too large for f32/,
    ],
    [
      "a weight beyond f16",
      [{ "conv.weight": [[2, 7e4]], "bn.weight": [[0, 1]], "bn.running_var": [[0, 1]] }, nodes(), "f16"],
      /holds 70000, times 0\.99\S+ of its batch norm, at index 2, \[0, 2, 0, 0\], which is too large for f16/,
    ],
    [
      "a weight beyond f16 once it is scaled",
      [{ "conv.weight": [[8, 300]], "bn.weight": [[2, 300]] }, nodes(), "f16"],
      /"conv\.weight" holds 300, .* which is too large for f16/,
    ],
  ])("%s", async ([, given, message]) => {
    const before = engine.memory.used;
    const error = await load(...given);
    expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringMatching(message) });
    expect((error as { fix: string }).fix).toMatch(given[2] === "f16" ? /precision "f32"/ : /\S/);
    expect(engine.memory.used).toBe(before);
  });

  test("but large numbers that stay finite are taken", async () => {
    expect(
      await load({
        "conv.weight": [[0, 1e30]],
        "bn.weight": [
          [0, 1e7],
          [1, 1e30],
        ],
        "bn.running_var": [[0, 1]],
      }),
    ).toBeUndefined();
    expect(await load({ "stem.weight": [[0, 3.4e38]], "bn.running_var": [[0, 0]] })).toBeUndefined();
  });
});

describe("the VAE's file", () => {
  const shapes = new Map(
    [...weightShapes(encoder().nodes), ...weightShapes(decoder()), ...OWN_TENSORS].filter(([key]) => !key.startsWith("linear_")),
  );

  async function load(changes: Record<string, [index: number, value: number][]>): Promise<unknown> {
    const tensors: Record<string, StoredTensor> = {};
    for (const [key, shape] of shapes) {
      const values = new Float32Array(sizeOf(shape));
      for (const [index, value] of changes[key] ?? []) values[index] = value;
      tensors[key] = f32([...shape], values);
    }
    return rejected(async () => (await Vae.load(engine, await openWeights(encodeSafetensors(tensors), "vae.safetensors"))).dispose());
  }

  test.for<[string, Parameters<typeof load>[0], string]>([
    ["NaN in the basis", { basis: [[LATENT * 7 + 3, Number.NaN]] }, 'tensor "basis" holds NaN at index 3503, [7, 3]'],
    ["infinity in the prior", { prior_logvar: [[9, Number.POSITIVE_INFINITY]] }, 'tensor "prior_logvar" holds Infinity at index 9, [9]'],
    ["NaN in a convolution", { "encoder.2.weight": [[20, Number.NaN]] }, 'tensor "encoder.2.weight" holds NaN at index 20, [0, 2, 0, 2]'],
    [
      "a product beyond f32",
      { basis: [[LATENT * 7 + 3, 1e30]], decode_scale: [[3, 1e30]] },
      'tensor "linear_decoder.weight" (computed from others) is Infinity at index 3503, [7, 3]',
    ],
  ])("with %s is refused", async ([, changes, message]) => {
    const before = engine.memory.used;
    expect(await load(changes)).toMatchObject({ code: "BAD_WEIGHTS", message: `vae.safetensors: ${message}.` });
    expect(engine.memory.used).toBe(before);
  });
});
