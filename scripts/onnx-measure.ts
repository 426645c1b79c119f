/** Holds an imported net to what reference/ computed of its file: logits, and the gradient of one of them with respect to the image. */
import type { Engine } from "../src/engine/engine.ts";
import { PlanBuilder } from "../src/engine/plan.ts";
import type { Tensor } from "../src/engine/tensor.ts";
import type { Node, Shape } from "../src/graph/graph.ts";
import { Net } from "../src/nets/net.ts";
import { appendScoreGradient } from "../src/nets/score-gradient.ts";
import { type ImportedModel, importModel, openModel } from "../src/onnx/import.ts";
import { tensorShape } from "../src/ops/shape.ts";

type Numbers = Float32Array | readonly number[];

/** What reference/corners.py says of units that f32 may have on the other side of a corner. */
interface Corners {
  /** Of each tensor that holds some: height, width and channels. */
  readonly shapes: Numbers;
  /** And some of its values, by which it is found among those of the net. */
  readonly samples: Numbers;
  /** Triples: which of these tensors, index in NHWC order, value in float64. */
  readonly doubts: Numbers;
}

export interface OnnxReference {
  /** The image, lines x columns x channels. */
  readonly input: Numbers;
  /** What onnxruntime gives. */
  readonly logits: Numbers;
  /** Of the logit `target`, in float64, as the image; absent where only logits are compared. */
  readonly gradient?: Numbers | undefined;
  /** Absent where nothing is known of them. */
  readonly corners?: Corners | undefined;
  readonly target: number;
  /** Whether the model ends in the logarithm of a softmax. */
  readonly isLog?: boolean | undefined;
}

export interface OnnxErrors {
  /** Largest difference over the largest value. */
  readonly logits: number;
  /** L2 distance over the norm of the reference, as f32 has it. */
  readonly raw?: number;
  /** Largest difference over the largest value, where units in doubt have their float64 values. */
  readonly settled?: number;
  /** Units in doubt, and how many of them are in no tensor of the net. */
  readonly doubts?: number;
  readonly lost?: number;
}

/** `folder`: opens a file by its name. Throws what `importModel` throws. */
export async function importFile(
  name: string,
  open: (name: string) => Promise<Parameters<typeof openModel>[0] | undefined>,
  size: { height?: number; width?: number } = {},
): Promise<ImportedModel> {
  const source = await open(name);
  if (!source) throw new Error(`There is no ${name}.`);
  const file = await openModel(source);
  const data = await open(`${name}.data`);
  return importModel(file, { ...size, files: new Map(data ? [[data.name, data] as const] : []) });
}

/** Runs one image through the net, and back. */
export async function measureModel(engine: Engine, model: ImportedModel, reference: OnnxReference): Promise<OnnxErrors> {
  const net = await Net.load(engine, model.net, model.weights);
  const image = engine.tensor("image", tensorShape(1, net.inputShape), padded(reference.input, net.inputShape));
  const values = new Map<Node, Tensor>([[net.input, image]]);
  for (const node of net.valuesFrom(net.input).slice(1)) values.set(node, engine.tensor(node.label, tensorShape(1, node.shape)));
  try {
    const forward = new PlanBuilder(engine, "forward");
    net.appendForward(forward, 1, image, new Map([...values].slice(1)));
    await forward.once();
    const found = await (values.get(net.output) as Tensor).read();
    const given = outputsOf(found.slice(0, net.outputShape[2]), model.outputs, reference.isLog);
    const logits = worst(given, reference.logits);
    const { gradient, target, corners } = reference;
    if (!gradient) return { logits };
    const raw = distance(await gradientOf(engine, net, values, target), gradient);
    if (!corners) return { logits, raw };
    const lost = await settle(values, corners);
    const settled = worst(await gradientOf(engine, net, values, target), gradient);
    return { logits, raw, settled, doubts: corners.doubts.length / 3, lost };
  } finally {
    net.dispose();
    for (const tensor of values.values()) tensor.dispose();
  }
}

/** The gradient of a logit, without padding. */
async function gradientOf(engine: Engine, net: Net, values: ReadonlyMap<Node, Tensor>, target: number): Promise<Float32Array> {
  const output = engine.tensor("gradient", tensorShape(1, net.inputShape));
  try {
    const plan = new PlanBuilder(engine, "backward");
    const { gradient } = appendScoreGradient(plan, 1, net.outputShape[2], target);
    await net.appendBackward(plan, 1, values, { seed: { node: net.output, gradient }, until: net.input, output });
    await plan.once();
    return unpadded(await output.read(), net.inputShape);
  } finally {
    output.dispose();
  }
}

/** Gives units in doubt their float64 values, in every tensor that holds them. Returns how many are in none. */
async function settle(values: ReadonlyMap<Node, Tensor>, { shapes, samples, doubts }: Corners): Promise<number> {
  const count = shapes.length / 3;
  const perPlace = samples.length / Math.max(count, 1);
  const places: { node: Node; tensor: Tensor }[][] = Array.from({ length: count }, () => []);
  for (const [node, tensor] of values) {
    const [height, width, channels] = node.shape;
    const alike = places.flatMap((_, place) =>
      shapes[3 * place] === height && shapes[3 * place + 1] === width && shapes[3 * place + 2] === channels ? [place] : [],
    );
    if (alike.length === 0) continue;
    const held = await tensor.read();
    for (const place of alike) {
      const known = Array.from(samples.slice(place * perPlace, (place + 1) * perPlace));
      const own = sampleIndices(perPlace, height * width * channels).map((index) => held[paddedIndex(index, channels)] as number);
      if (worst(own, known) < 1e-3) places[place]?.push({ node, tensor });
    }
  }
  let lost = 0;
  const held = new Set<string>();
  for (let at = 0; at < doubts.length; at += 3) {
    const [place, index, value] = [doubts[at], doubts[at + 1], doubts[at + 2]] as [number, number, number];
    const found = places[place] ?? [];
    for (const { node, tensor } of found) tensor.write(Float32Array.of(value), paddedIndex(index, node.shape[2]));
    if (found.length > 0) held.add(`${index} ${shapes.slice(3 * place, 3 * place + 3).join()}`);
  }
  // Of an activation, what goes in and what comes out are both listed, and the net keeps one of them.
  for (let at = 0; at < doubts.length; at += 3) {
    const place = doubts[at] as number;
    if (!held.has(`${doubts[at + 1]} ${shapes.slice(3 * place, 3 * place + 3).join()}`)) lost++;
  }
  return lost;
}

/** As reference/corners.py spreads them. */
function sampleIndices(count: number, size: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor((((i + 1) * 2654435761) % 2 ** 32) * 2 ** -32 * size));
}

const paddedTo4 = (channels: number) => 4 * Math.ceil(channels / 4);
const paddedIndex = (index: number, channels: number) => Math.floor(index / channels) * paddedTo4(channels) + (index % channels);

function padded(values: Numbers, [height, width, channels]: Shape): Float32Array<ArrayBuffer> {
  const out = new Float32Array(height * width * paddedTo4(channels));
  for (let i = 0; i < values.length; i++) out[paddedIndex(i, channels)] = values[i] as number;
  return out;
}

function unpadded(values: Float32Array, [height, width, channels]: Shape): Float32Array {
  return Float32Array.from({ length: height * width * channels }, (_, i) => values[paddedIndex(i, channels)] as number);
}

/** What the model's own last layer makes of logits. */
export function outputsOf(logits: Float32Array, outputs: ImportedModel["outputs"], isLog = false): Float32Array {
  if (outputs === undefined) return logits;
  if (outputs === "sigmoid") return logits.map((x) => 1 / (1 + Math.exp(-x)));
  const largest = Math.max(...logits);
  const exponentials = Array.from(logits, (x) => Math.exp(x - largest));
  const total = exponentials.reduce((sum, x) => sum + x, 0);
  return isLog ? logits.map((x) => x - largest - Math.log(total)) : Float32Array.from(exponentials, (x) => x / total);
}

/** Largest difference over the largest reference; NaN where a value is. */
function worst(actual: Numbers, reference: Numbers): number {
  if (actual.length !== reference.length) throw new Error(`${actual.length} values instead of ${reference.length}`);
  let [difference, largest] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    difference = Math.max(difference, Math.abs((actual[i] as number) - (reference[i] as number)));
    largest = Math.max(largest, Math.abs(reference[i] as number));
  }
  return difference === 0 ? 0 : difference / largest;
}

function distance(actual: Numbers, reference: Numbers): number {
  let [apart, norm] = [0, 0];
  for (let i = 0; i < reference.length; i++) {
    apart += ((actual[i] as number) - (reference[i] as number)) ** 2;
    norm += (reference[i] as number) ** 2;
  }
  return Math.sqrt(apart / norm);
}
