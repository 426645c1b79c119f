import { describe, expect, test } from "vitest";
import { type OnnxGraph, type OnnxNode, writeModel } from "../../bench/peers/onnx.ts";
import type { EngineError } from "../../src/engine/errors.ts";
import { openBuffer } from "../../src/nets/weights/byte-source.ts";
import { type ImportOptions, importModel, openModel } from "../../src/onnx/import.ts";
import { fuseNet } from "../../src/ops/operations.ts";
import { rejected } from "../support/errors.ts";

const FILE = "fruit.onnx";

async function imported(bytes: Uint8Array, options?: ImportOptions) {
  return importModel(await openModel(openBuffer(bytes.slice().buffer, FILE)), options);
}

const floats = (name: string, dims: readonly number[], value = 0.5) => ({
  ...{ name, dims, external: false },
  values: new Float32Array(dims.reduce((product, extent) => product * extent, 1)).fill(value),
});
const whole = (name: string, values: readonly number[]) => ({
  ...{ name, dims: [values.length], external: false, values: BigInt64Array.from(values, BigInt) },
});
const number = (name: string, value: number) => ({ name, dims: [], external: false, values: Float32Array.of(value) });

/** A convolution, what follows it, and a head of 5 classes. `body`: nodes from "conv" to "features". */
function model(body: readonly OnnxNode[], more: Partial<OnnxGraph> = {}): Uint8Array {
  const { nodes = [], constants = [], ...rest } = more;
  return writeModel({
    inputs: [{ name: "photo", dims: [1, 3, 16, 24] }],
    outputs: [{ name: "scores", dims: [1, 5] }],
    constants: [floats("w", [8, 3, 3, 3], 0.1), floats("h", [5, 8], 0.2), ...constants],
    nodes: [
      { op: "Conv", inputs: ["photo", "w"], output: "conv", attributes: { pads: [1, 1, 1, 1], strides: [2, 2] } },
      ...body,
      { op: "GlobalAveragePool", inputs: ["features"], output: "pooled" },
      { op: "Flatten", inputs: ["pooled"], output: "flat" },
      { op: "Gemm", inputs: ["flat", "h"], output: "scores", attributes: { transB: 1 } },
      ...nodes,
    ],
    ...rest,
  });
}

/** Nodes from "conv" on, each with the output of the one before as its first input; the last gives "features". */
function chain(...ops: readonly (Omit<OnnxNode, "inputs" | "output"> & { with?: readonly string[] })[]): OnnxNode[] {
  return ops.map(({ with: others = [], ...node }, at) => ({
    ...node,
    inputs: [at === 0 ? "conv" : `x${at - 1}`, ...others],
    output: at === ops.length - 1 ? "features" : `x${at}`,
  }));
}

/** What the kernels of a model compute: "conv relu", "globalPool", "linear". */
async function kernels(bytes: Uint8Array): Promise<string[]> {
  const { net } = await imported(bytes);
  return fuseNet(net).map(({ node, activation }) => [node.op, ...(activation ? [JSON.stringify(activation)] : [])].join(" "));
}

const TAIL = ["globalPool", "linear"];

describe("activations are known however a model puts them", () => {
  const x = "conv";
  test.each<[activation: string, nodes: readonly OnnxNode[], constants?: OnnxGraph["constants"]]>([
    ['"relu"', chain({ op: "Relu" })],
    ['"relu6"', chain({ op: "Clip", with: ["zero", "six"] }), [number("zero", 0), number("six", 6)]],
    ['"relu"', chain({ op: "Max", with: ["zero"] }), [number("zero", 0)]],
    [
      '"silu"',
      [
        { op: "Sigmoid", inputs: [x], output: "s" },
        { op: "Mul", inputs: ["s", x], output: "features" },
      ],
    ],
    [
      '"hardSwish"',
      [
        { op: "Add", inputs: [x, "three"], output: "a" },
        { op: "Clip", inputs: ["a", "zero", "six"], output: "c" },
        { op: "Mul", inputs: [x, "c"], output: "m" },
        { op: "Div", inputs: ["m", "six"], output: "features" },
      ],
      [number("zero", 0), number("three", 3), number("six", 6)],
    ],
    [
      '"gelu"',
      [
        { op: "Div", inputs: [x, "root"], output: "d" },
        { op: "Erf", inputs: ["d"], output: "e" },
        { op: "Add", inputs: ["e", "one"], output: "p" },
        { op: "Mul", inputs: [x, "p"], output: "m" },
        { op: "Mul", inputs: ["m", "half"], output: "features" },
      ],
      [number("root", Math.SQRT2), number("one", 1), number("half", 0.5)],
    ],
    [
      '"mish"',
      [
        { op: "Softplus", inputs: [x], output: "s" },
        { op: "Tanh", inputs: ["s"], output: "t" },
        { op: "Mul", inputs: [x, "t"], output: "features" },
      ],
    ],
    [
      '{"name":"leakyRelu","slope":0.25}',
      [
        { op: "Mul", inputs: [x, "quarter"], output: "q" },
        { op: "Max", inputs: [x, "q"], output: "features" },
      ],
      [number("quarter", 0.25)],
    ],
    ['{"name":"clip","low":-50,"high":50}', chain({ op: "Clip", with: ["low", "high"] }), [number("low", -50), number("high", 50)]],
  ])("%s", async (activation, nodes, constants = []) => {
    expect(await kernels(model(nodes, { constants }))).toEqual([`conv ${activation}`, ...TAIL]);
  });

  test("a function that is none of them is refused by its formula", async () => {
    expect(await rejected(imported(model(chain({ op: "Exp" }))))).toMatchObject({
      code: "BAD_MODEL",
      message: expect.stringMatching(/GlobalAveragePool.*the function Exp\(x\) of every value is none that is known/s),
    });
  });
});

describe("layouts, shapes and norms leave no layer behind", () => {
  test("transpositions, reshapes and a norm over the channels", async () => {
    const nodes = chain(
      { op: "Transpose", attributes: { perm: [0, 2, 3, 1] } },
      { op: "LayerNormalization", with: ["gain", "offset"], attributes: { axis: -1 } },
      { op: "Reshape", with: ["tokens"] },
      { op: "MatMul", with: ["wide"] },
      { op: "Reshape", with: ["image"] },
      { op: "Transpose", attributes: { perm: [0, 3, 1, 2] } },
    );
    const constants = [
      floats("gain", [8]),
      floats("offset", [8]),
      floats("wide", [8, 8]),
      whole("tokens", [-1, 96, 8]),
      whole("image", [0, 8, 12, 8]),
    ];
    expect(await kernels(model(nodes, { constants }))).toEqual(["conv", "layerNorm", "conv", ...TAIL]);
  });

  test("a norm in pieces, channels first, with its scale and shift", async () => {
    const nodes: OnnxNode[] = [
      { op: "ReduceMean", inputs: ["conv"], output: "mean", attributes: { axes: [1], keepdims: 1 } },
      { op: "Sub", inputs: ["conv", "mean"], output: "centred" },
      { op: "Pow", inputs: ["centred", "two"], output: "squared" },
      { op: "ReduceMean", inputs: ["squared"], output: "variance", attributes: { axes: [1], keepdims: 1 } },
      { op: "Add", inputs: ["variance", "epsilon"], output: "sum" },
      { op: "Sqrt", inputs: ["sum"], output: "deviation" },
      { op: "Div", inputs: ["centred", "deviation"], output: "normed" },
      { op: "Mul", inputs: ["normed", "gain"], output: "scaled" },
      { op: "Add", inputs: ["scaled", "offset"], output: "features" },
    ];
    const constants = [number("two", 2), number("epsilon", 1e-6), floats("gain", [8, 1, 1]), floats("offset", [8, 1, 1])];
    const bytes = model(nodes, { constants });
    expect(await kernels(bytes)).toEqual(["conv", "layerNorm", ...TAIL]);
    const { net, weights } = await imported(bytes);
    const norm = net.find(({ op }) => op === "layerNorm");
    expect(norm).toMatchObject({ epsilon: expect.closeTo(1e-6, 9) });
    expect(await weights.read(`${norm?.label}.weight`, [8])).toEqual(new Float32Array(8).fill(0.5));
  });

  test("numbers that two nodes add to one layer are biases of two layers", async () => {
    const nodes: OnnxNode[] = [
      { op: "Add", inputs: ["conv", "low"], output: "first" },
      { op: "Add", inputs: ["conv", "high"], output: "second" },
      { op: "Mul", inputs: ["first", "second"], output: "features" },
    ];
    const { net, weights } = await imported(model(nodes, { constants: [floats("low", [8, 1, 1], 2), floats("high", [8, 1, 1], 3)] }));
    const layers = net.filter(({ op }) => op === "conv");
    const biases = await Promise.all(layers.map(({ tensors: { bias } }) => weights.read(bias?.key ?? "", [8])));
    expect(biases.map(([value]) => value)).toEqual([2, 3]);
    for (const { tensors } of layers) expect((await weights.read(tensors.weight?.key ?? "", [8, 3, 3, 3]))[0]).toBeCloseTo(0.1);
  });

  test("shuffled channels are shuffled once for both halves", async () => {
    const nodes: OnnxNode[] = [
      { op: "Reshape", inputs: ["conv", "split"], output: "s" },
      { op: "Transpose", inputs: ["s"], output: "t", attributes: { perm: [0, 2, 1, 3, 4] } },
      { op: "Reshape", inputs: ["t", "joined"], output: "j" },
      { op: "Slice", inputs: ["j", "zero", "four", "one"], output: "a" },
      { op: "Slice", inputs: ["j", "four", "eight", "one"], output: "b" },
      { op: "Relu", inputs: ["b"], output: "r" },
      { op: "Concat", inputs: ["a", "r"], output: "features", attributes: { axis: 1 } },
    ];
    const constants = [
      whole("split", [1, 2, 4, 8, 12]),
      whole("joined", [1, 8, 8, 12]),
      whole("zero", [0]),
      whole("one", [1]),
      whole("four", [4]),
      whole("eight", [8]),
    ];
    expect((await kernels(model(nodes, { constants }))).filter((kernel) => kernel === "shuffle")).toHaveLength(1);
  });

  test("the last layer's softmax or sigmoid is cut off and said", async () => {
    const end = (op: string, attributes?: Record<string, number>) =>
      imported(
        model(chain({ op: "Relu" }), {
          nodes: [{ op, inputs: ["scores"], output: "p", ...(attributes && { attributes }) }],
          outputs: [{ name: "p", dims: [1, 5] }],
        }),
      );
    expect(await end("Softmax", { axis: 1 })).toMatchObject({ outputs: "softmax" });
    expect(await end("LogSoftmax", { axis: 1 })).toMatchObject({ outputs: "softmax" });
    expect(await end("Sigmoid")).toMatchObject({ outputs: "sigmoid" });
    const { net } = await end("Sigmoid");
    expect(net.at(-1)?.op).toBe("linear");
  });
});

describe("what cannot be imported is refused, all at once and by name", () => {
  test.each<[what: string, bytes: () => Uint8Array, message: RegExp]>([
    [
      "unknown operators, each with its first node",
      () => model(chain({ op: "Einsum" }, { op: "Relu" }, { op: "GridSample" })),
      /^fruit\.onnx has 2 of its nodes.*Einsum, first at "x0": no operator that is known\n {2}GridSample.*\n$/s,
    ],
    ["attributes that nobody knows", () => model(chain({ op: "Relu", attributes: { steepness: 3 } })), /attribute steepness/],
    [
      "dilated pools",
      () => model(chain({ op: "MaxPool", attributes: { kernel_shape: [2, 2], dilations: [2, 2] } })),
      /a pool with dilation/,
    ],
    ["attention", () => model(chain({ op: "MatMul", with: ["conv"] })), /multiplies values of the net with each other/],
    ["a quantised model", () => model(chain({ op: "QuantizeLinear" }, { op: "DequantizeLinear" })), /is quantised: 2 of its 6 nodes/],
    ["a detector", () => model(chain({ op: "NonMaxSuppression" })), /looks like a detector/],
    [
      "two inputs",
      () =>
        model(chain({ op: "Relu" }), {
          inputs: [
            { name: "photo", dims: [1, 3, 16, 24] },
            { name: "mask", dims: [1, 1, 16, 24] },
          ],
        }),
      /takes 2 inputs: "photo" \(FLOAT of \[1, 3, 16, 24\]\), "mask"/,
    ],
    [
      "two outputs",
      () =>
        model(chain({ op: "Relu" }), {
          outputs: [
            { name: "scores", dims: [1, 5] },
            { name: "pooled", dims: [1, 8, 1, 1] },
          ],
        }),
      /gives 2 outputs/,
    ],
    [
      "no image",
      () => model(chain({ op: "Relu" }), { inputs: [{ name: "photo", dims: [1, 128] }] }),
      /takes "photo" \(FLOAT of \[1, 128\]\), which is no batch of images/,
    ],
    [
      "a map instead of classes",
      () => model(chain({ op: "Relu" }), { outputs: [{ name: "features", dims: [1, 8, 8, 12] }] }),
      /gives 8 numbers for each of 8 x 12 positions/,
    ],
    [
      "an undefined value",
      () => model([{ op: "Relu", inputs: ["nowhere"], output: "features" }]),
      /reads "nowhere", which nothing before it gives/,
    ],
    ["truncation", () => model(chain({ op: "Relu" })).slice(0, 300), /is not a usable ONNX model: .*truncated/],
    ["something else", () => new TextEncoder().encode("this is no model at all"), /is not a usable ONNX model: it is the text "this is no/],
    ["a web page", () => new TextEncoder().encode("<!doctype html><p>gone\u00e9"), /is not a usable ONNX model: it is a web page\./],
    ["an HDF5 file", () => Uint8Array.of(0x89, ...new TextEncoder().encode("HDF\r\n\x1a\n\0\0")), /: it is an HDF5 file/],
    ["a zip archive", () => new TextEncoder().encode("PK\x03\x04\x14\0\0\0"), /: it is a zip archive/],
    ["a pickled object", () => Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c), /: it is a pickled object/],
    ["safetensors", () => new TextEncoder().encode('\x40\0\0\0\0\0\0\0{"classifier.weight":{}}'), /: it is a safetensors file/],
  ])("%s", async (_, bytes, message) => {
    const error = (await rejected(async () => imported(bytes()))) as EngineError;
    expect(error).toMatchObject({ code: "BAD_MODEL", fix: expect.stringMatching(/\w/) });
    expect(error.message).toMatch(message);
  });

  test("a size that is not the model's", async () => {
    expect(await rejected(imported(model(chain({ op: "Relu" })), { height: 32 }))).toMatchObject({ code: "BAD_OPTION" });
  });
});
