import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import * as ort from "onnxruntime-web/wasm";
import { beforeAll, expect, test } from "vitest";
import { parseGolden } from "../../scripts/golden-file.ts";
import { outputsOf } from "../../scripts/onnx-measure.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import { openBuffer } from "../../src/nets/weights/byte-source.ts";
import { externalFiles, type ImportedModel, importModel, openModel } from "../../src/onnx/import.ts";
import { cases } from "../support/long.ts";
import { Random } from "../support/random.ts";
import { evaluate } from "../support/reference-net.ts";
import { accepted, check } from "./check.ts";
import { mutate, mutations } from "./mutation.ts";
import { listed, type Messages, parseFields, type WireField, writeFields } from "./wire-fields.ts";

const FOLDER = new URL("../golden/onnx/", import.meta.url);
const read = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith(".onnx"));
const DATA = new Map(NAMES.flatMap((name) => (readdirSync(FOLDER).includes(`${name}.data`) ? [[name, read(`${name}.data`)]] : [])));

/** Where onnx.proto has messages: the graph, its nodes with attributes and tensors, its values with types and dims. */
const TENSOR: Messages = { 13: {} };
const VALUE: Messages = { 2: { 1: { 2: { 1: {} } } } };
const MODEL: Messages = { 8: {}, 7: { 1: { 5: { 5: TENSOR } }, 5: TENSOR, 11: VALUE, 12: VALUE, 13: VALUE } };

interface Edit {
  readonly kind: "delete" | "repeat" | "swap" | "borrow" | "number" | "text" | "rename";
  readonly at: number;
  readonly other: number;
  readonly number: bigint;
  readonly text: string;
}

/** Of the standard, of this kind of file, and of none. */
const TEXTS = [
  ...["", "x", "input", "Conv", "Relu", "Clip", "Gemm", "MatMul", "Add", "Mul", "Concat", "Reshape", "Transpose", "Softmax", "Identity"],
  ...[
    "Flatten",
    "MaxPool",
    "AveragePool",
    "GlobalAveragePool",
    "Sigmoid",
    "Cast",
    "ReduceMean",
    "Dropout",
    "Pad",
    "Slice",
    "Shape",
    "Loop",
  ],
  ...["axis", "axes", "kernel_shape", "strides", "pads", "dilations", "group", "auto_pad", "SAME_UPPER", "VALID", "alpha", "beta", "perm"],
  ...["com.microsoft", "ai.onnx", "location", "../x", "__proto__", "constructor", "\ud800", "é".repeat(300)],
];
const NUMBERS = [0n, 1n, 2n, 3n, 4n, 5n, 7n, 8n, 10n, 11n, 16n, 17n, 64n, 255n, -1n, -2n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n - 1n];
const edits = fc.array(
  fc.record<Edit>({
    kind: fc.constantFrom("delete", "repeat", "swap", "borrow", "number", "text", "rename"),
    at: fc.nat(),
    other: fc.nat(),
    number: fc.constantFrom(...NUMBERS),
    text: fc.constantFrom(...TEXTS),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Changes fields of the message, whose lengths stay right. */
function edit(bytes: Uint8Array, changes: readonly Edit[]): Uint8Array<ArrayBuffer> {
  const model = parseFields(bytes, MODEL);
  for (const { kind, at, other, number, text } of changes) {
    const all = listed(model);
    const wanted = (field: WireField) =>
      kind === "number" ? field.wire === 0 : kind === "text" || kind === "rename" ? field.bytes !== undefined && field.wire === 2 : true;
    const able = all.filter(({ field }) => wanted(field));
    if (able.length === 0) continue;
    const { field, list } = able[at % able.length] as (typeof all)[number];
    const alike = all
      .map((each) => each.field)
      .filter((each) => each.wire === field.wire && !each.fields === !field.fields && each !== field);
    const twin = alike[other % Math.max(1, alike.length)];
    const place = list.indexOf(field);
    if (kind === "delete") list.splice(place, 1);
    else if (kind === "repeat") list.splice(other % (list.length + 1), 0, structuredClone(field));
    else if (kind === "swap") {
      const second = other % list.length;
      [list[place], list[second]] = [list[second] as WireField, field];
    } else if (kind === "number") field.varint = number;
    else if (kind === "text") field.bytes = new TextEncoder().encode(text);
    // What is alike elsewhere: another name, another shape, another layer.
    else if (twin) Object.assign(field, structuredClone({ ...twin, number: field.number }));
  }
  return writeFields(model);
}

/** Sizes for files that leave them open, as their makers had them. */
const { facts } = parseGolden(new Uint8Array(readFileSync(new URL("../golden/onnx.safetensors", import.meta.url))).buffer);
const sizeOfFile = (name: string) =>
  (facts as { nets: Record<string, { size: [number, number, number] }> }).nets[name.replace(/\.onnx$/, "")]?.size;

/** Imports the model and reads all its weights. */
async function open(name: string, bytes: Uint8Array<ArrayBuffer>) {
  const file = await openModel(openBuffer(bytes.buffer, name));
  const data = DATA.get(name);
  const files = new Map(data ? externalFiles(file).map((location) => [location, openBuffer(data.buffer, location)] as const) : []);
  const [height, width] = sizeOfFile(name) as [number, number, number];
  const model = await importModel(file, { files, height, width });
  const tensors = new Map<string, Float32Array<ArrayBuffer>>();
  for (const { tensors: parts } of model.net) {
    for (const { key, shape } of Object.values(parts)) tensors.set(key, new Float32Array(await model.weights.read(key, shape)));
  }
  return { model, tensors };
}

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "fatal";
});

/** Declared shapes that are wrong: onnxruntime's build for browsers ends at them, its others warn and go on. */
const WRONG_SHAPE = /Can't merge shape info|Mismatch between number of inferred and declared dimensions/;

/** What onnxruntime gives for the image; undefined where it takes another type or size. Throws where it does not load the model. */
async function run(name: string, bytes: Uint8Array<ArrayBuffer>, { net, file }: ImportedModel, image: Float32Array) {
  const data = DATA.get(name);
  const session = await ort.InferenceSession.create(bytes, {
    logSeverityLevel: 4,
    ...(data && { externalData: externalFiles(file).map((path) => ({ path, data })) }),
  }).catch((error: Error) => {
    if (WRONG_SHAPE.test(error.message)) return undefined;
    throw error;
  });
  if (!session) return undefined;
  try {
    const [metadata] = session.inputMetadata;
    // Which we take for a size that is left open.
    if (metadata?.isTensor && metadata.shape.includes(0)) return undefined;
    const [input, output] = [session.inputNames[0] as string, session.outputNames[0] as string];
    const [height, width, channels] = (net[0] as (typeof net)[number]).shape;
    const declared = file.inputs.find((value) => value.name === input);
    const dims = declared?.dims ?? [];
    if (declared?.type !== "FLOAT") return undefined;
    const batch = typeof dims[0] === "number" ? dims[0] : 1;
    const isLast = dims[3] === channels && dims[1] !== channels;
    const pixels = height * width;
    const ordered = isLast ? image : image.map((_, at) => image[(at % pixels) * channels + Math.floor(at / pixels)] as number);
    const all = new Float32Array(batch * image.length);
    for (let index = 0; index < batch; index++) all.set(ordered, index * image.length);
    const shape = isLast ? [batch, height, width, channels] : [batch, channels, height, width];
    const { [output]: found } = await session.run({ [input]: new ort.Tensor("float32", all, shape) }, [output]);
    return found?.type === "float32" ? (found.data as Float32Array).slice(0, found.data.length / batch) : undefined;
  } finally {
    await session.release();
  }
}

/** Largest difference over the largest value; 0 where float32 overflows in both. */
function difference(found: Float32Array, wanted: Float32Array): number {
  expect(found.length).toBe(wanted.length);
  let [most, largest] = [0, 0];
  for (const [at, value] of wanted.entries()) {
    if (!Number.isFinite(value) || Math.abs(value) > 1e30) return 0;
    most = Math.max(most, Math.abs(value - (found[at] as number)));
    largest = Math.max(largest, Math.abs(value));
  }
  return most === 0 ? 0 : most / largest;
}

/** So many of those that both take are compared in each test. */
const SAMPLE = cases(100);
let compared = 0;

/** A model is refused in a line, or onnxruntime takes it, too, and gives the same. */
async function judge(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const opened = await accepted(["BAD_MODEL", "BAD_WEIGHTS", "BAD_OPTION"], () => open(name, bytes), { lines: true });
  if (!opened) return;
  const { model, tensors } = opened;
  const [first] = model.net as [ImportedModel["net"][number]];
  const image = new Random(1).floats(sizeOf(first.shape));
  const wanted = await run(name, bytes, model, image);
  if (!wanted || compared >= SAMPLE) return;
  compared++;
  const exact = [...evaluate(model.net, image, tensors).values()].at(-1) as Float64Array;
  const isLog = model.file.nodes.at(-1)?.operator === "LogSoftmax";
  expect(difference(outputsOf(Float32Array.from(exact), model.outputs, isLog), wanted), name).toBeLessThan(1e-4);
}

test.each(NAMES)("%s as it is", async (name) => {
  compared = 0;
  await judge(name, read(name));
  expect(compared).toBe(1);
});

const files = fc.constantFrom(...NAMES);

test("a model with changed bytes is refused in a line, or is what onnxruntime makes of it", { timeout: 600_000 }, async () => {
  compared = 0;
  const changed = fc.tuple(files, mutations(Uint8Array.of(0, 1, 2, 8, 10, 18, 26, 34, 42, 127, 128, 255)));
  await check(
    2500,
    fc.asyncProperty(changed, async ([name, changes]) => judge(name, mutate(read(name), changes))),
  );
  expect(compared).toBeGreaterThan(SAMPLE / 3);
});

test("a model with changed fields is refused in a line, or is what onnxruntime makes of it", { timeout: 600_000 }, async () => {
  compared = 0;
  await check(
    2500,
    fc.asyncProperty(fc.tuple(files, edits), async ([name, changes]) => judge(name, edit(read(name), changes))),
  );
  expect(compared).toBeGreaterThan(SAMPLE / 3);
});
