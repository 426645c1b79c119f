/** Recognises which net a file of weights holds, under any of the names that libraries give its tensors. */
import { EngineError } from "../engine/errors.ts";
import { printable } from "../engine/printable.ts";
import { type Node, weightShapes } from "../graph/graph.ts";
import { openWeights, type WeightsInput } from "../nets/weights/open-weights.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import { type ConvNode, isConv } from "../ops/conv.ts";
import { isLinear } from "../ops/linear.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import { type Rename, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
import { COUNTER } from "./describe-ignored.ts";

/** What a file holds of a net. */
export interface MatchedWeights {
  /** The weights under the description's names. */
  readonly source: WeightSource;
  /** Rows of the head. */
  readonly classes: number;
  /** Of the image that the first layer takes. */
  readonly channels: number;
  /** Whose names the file has. */
  readonly library: "torchvision" | "timm";
  /** Tensors outside of the net, which are not used. */
  readonly ignored: readonly string[];
}

/** Which architecture a file of weights belongs to, and how it differs from the published net. */
export interface RecognisedWeights extends Omit<MatchedWeights, "source" | "library"> {
  readonly definition: TeacherDefinition;
  /** Whether classes and channels are those that the net was published with. */
  readonly published: boolean;
}

/** Files that have tensors of less than this share of any net's shapes are of none that is known, whatever their names are. */
const LEAST_SHARE = 0.3;

/** What trainers and wrappers put before the names, one or several of them. */
const PREFIX = /^(?:(?:module|_orig_mod|model|net|backbone)\.)*$/;

/** One way to name a net's tensors, and how far a file goes along with it. */
interface Fit {
  readonly definition: TeacherDefinition;
  /** The file's name of every tensor of the description. */
  readonly names: ReadonlyMap<string, string>;
  /** The shapes that the file should have. */
  readonly wanted: ReadonlyMap<string, readonly number[]>;
  readonly ignored: readonly string[];
  readonly classes: number;
  readonly channels: number;
  readonly library: "torchvision" | "timm";
  /** The head's bias, where the file has none: it is zero. */
  readonly unbiased: string | undefined;
  /** Tensors of the right name and shape, as a share of all that the net or the file has. */
  readonly share: number;
}

/**
 * The weights of a net in a file with torchvision's or timm's names. The file decides the number of classes and of input channels; its head may
 * be inside a Sequential, a 1x1 convolution, or beside a "backbone". Throws BAD_WEIGHTS where the file holds another net.
 */
export async function matchWeights(definition: TeacherDefinition, file: Safetensors): Promise<MatchedWeights> {
  const { names, wanted, ignored, unbiased, classes, channels, library } = await bestFit([definition], file);
  try {
    file.expect(definition.name, wanted, ignored);
  } catch (cause) {
    const other = await bestFit(TEACHERS, file);
    if (TEACHERS.includes(definition) && !(await Promise.all(TEACHERS.map((known) => resembles(known, file)))).includes(true))
      throw unknownNet(file);
    if (!(cause instanceof EngineError) || other.definition === definition || !holds(file, other)) throw cause;
    const fix = `These are the weights of ${other.definition.name}: choose that teacher, or give the weights of ${definition.name}.`;
    throw new EngineError(cause.code, cause.message, fix, { cause });
  }
  const named = (key: string) => names.get(key) as string;
  const source: WeightSource = {
    describe: (key) => file.describe(named(key)),
    async read(key, shape, first, count) {
      if (key === unbiased) return new Float32Array(count ?? (shape[0] as number));
      return file.read(named(key), shape, first, count);
    },
  };
  return { source, classes, channels, library, ignored };
}

/**
 * Which net the weights are of, and with which classes. `chosen`: the net that they must be of. Throws BAD_WEIGHTS where they are of none,
 * judged by the closest, or of another.
 */
export async function recogniseTeacher(input: WeightsInput, name: string, chosen?: TeacherDefinition): Promise<RecognisedWeights> {
  const file = await openWeights(input, name);
  const { definition } = await bestFit(chosen ? [chosen] : TEACHERS, file);
  const { source: _, library: __, ...facts } = await matchWeights(definition, file);
  const nodes = await published(definition);
  const [first, last] = [nodes.at(0), nodes.at(-1)];
  const asPublished = facts.channels === first?.shape[2] && facts.classes === last?.shape[2];
  return { definition, published: asPublished, ...facts };
}

async function resembles(definition: TeacherDefinition, file: Safetensors): Promise<boolean> {
  const held = new Set(file.names.map((name) => String(file.shape(name))));
  const shapes = [...weightShapes(await published(definition)).values()];
  return shapes.filter((shape) => held.has(String(shape))).length >= LEAST_SHARE * shapes.length;
}

function unknownNet(file: Safetensors): EngineError {
  const { names } = file;
  const held = names.length > 0 ? `holds ${names.length} tensors, such as "${printable(names[0] as string)}", and` : "holds no tensors and";
  return new EngineError(
    "BAD_WEIGHTS",
    `${printable(file.name, 200)} ${held} matches no known architecture.`,
    `Known are: ${TEACHERS.map(({ name }) => name).join(", ")}, with the key names of timm or torchvision. Another net is built with GraphBuilder.`,
  );
}

function holds(file: Safetensors, { definition, wanted, ignored }: Fit): boolean {
  try {
    file.expect(definition.name, wanted, ignored);
    return true;
  } catch {
    return false;
  }
}

const descriptions = new WeakMap<TeacherDefinition, Promise<readonly Node[]>>();

/** The net as it was published: a file is held against all of them, some more than once. */
function published(definition: TeacherDefinition): Promise<readonly Node[]> {
  const nodes = descriptions.get(definition) ?? Promise.resolve(definition.nodes());
  descriptions.set(definition, nodes);
  return nodes;
}

async function bestFit(definitions: readonly TeacherDefinition[], file: Safetensors): Promise<Fit> {
  const fits = definitions.map(async (definition) => {
    const [nodes, renames] = await Promise.all([published(definition), renamings(definition)]);
    return renames.map((rename, at) => hold(definition, nodes, rename, at === 0 ? "torchvision" : "timm", file));
  });
  return (await Promise.all(fits)).flat().reduce((best, other) => (other.share > best.share ? other : best));
}

/** Under which names files keep the layers: the description's, which are torchvision's, and timm's. */
async function renamings({ timm }: TeacherDefinition): Promise<Rename[]> {
  return [(layer, part) => `${layer}.${part}`, ...(timm ? [await timm()] : [])];
}

function hold(definition: TeacherDefinition, nodes: readonly Node[], rename: Rename, library: Fit["library"], file: Safetensors): Fit {
  const shapes = weightShapes(nodes);
  const rest = new Map([...shapes].map(([key, shape]) => [key, { name: renamed(key, rename), shape: [...shape] }]));
  const held = file.names.filter((name) => !COUNTER.test(name));
  // A net may end in a convolution and a pool.
  const head = nodes.findLast(({ tensors }) => tensors.weight) ?? (nodes.at(-1) as Node);
  const headTensors = isLinear(head) || isConv(head) ? head.tensors : undefined;
  const headKeys = Object.values(headTensors ?? {}).map(({ key }) => key);
  const body = [...rest].filter(([key]) => !headKeys.includes(key)).map(([, { name }]) => name);
  const prefix = commonPrefix(held, new Set(body));
  for (const tensor of rest.values()) tensor.name = prefix + tensor.name;

  const channels = channelsOf(nodes, rest, file);
  let { classes, unbiased } = { classes: head.shape[2], unbiased: undefined as string | undefined };
  let found: string | undefined;
  if (headTensors) {
    const [weight, bias] = [rest.get(headTensors.weight.key), headTensors.bias && rest.get(headTensors.bias.key)];
    const taken = new Set(body.map((name) => prefix + name));
    found = weight && findHead(file, held, weight, taken);
    if (weight && found !== undefined) {
      classes = file.shape(found)?.[0] as number;
      weight.name = found;
      weight.shape[0] = classes;
      if (bias) {
        bias.name = found.replace(/weight$/, "bias");
        bias.shape[0] = classes;
        if (headTensors.bias && !held.includes(bias.name)) {
          unbiased = headTensors.bias.key;
          rest.delete(unbiased);
        }
      }
    }
  }

  const wanted = new Map([...rest.values()].map(({ name, shape }) => [name, shape] as const));
  const own = new Set([...shapes.keys()].map((key) => moduleOf(renamed(key, rename))));
  // Behind a head of another name there may be more layers: those would not be "outside".
  const certain = found !== undefined && headTensors !== undefined && found === prefix + renamed(headTensors.weight.key, rename);
  const isOutside = (name: string) => {
    if (prefix !== "" ? name.startsWith(prefix) : own.has(moduleOf(name))) return false;
    if (found !== undefined && moduleOf(name) === moduleOf(found)) return false;
    return certain || (prefix !== "" && file.shape(name)?.[1] !== classes);
  };
  const ignored = file.names.filter((name) => COUNTER.test(name) || (!wanted.has(name) && isOutside(name)));
  const shared = held.filter((name) => String(file.shape(name)) === String(wanted.get(name))).length;
  return {
    ...{ definition, wanted, ignored, classes, channels, library, unbiased },
    names: new Map([...rest].map(([key, { name }]) => [key, name])),
    share: shared / (wanted.size + held.length - shared),
  };
}

const renamed = (key: string, rename: Rename) => key.replace(/^(.*)\.(\w+)$/, (_, layer: string, part: string) => rename(layer, part));

/** What stands before most of the names that are wanted: nothing, or what trainers put there. */
function commonPrefix(held: readonly string[], wanted: ReadonlySet<string>): string {
  const counts = new Map([["", 0]]);
  for (const name of held) {
    let at = 0;
    do {
      const before = name.slice(0, at);
      if (!PREFIX.test(before)) break;
      if (wanted.has(name.slice(at))) counts.set(before, (counts.get(before) ?? 0) + 1);
      at = name.indexOf(".", at) + 1;
    } while (at > 0);
  }
  return [...counts].reduce((most, other) => (other[1] > most[1] ? other : most))[0];
}

/** The channels of the image: as many as the file's first convolution takes, where it is the description's but for that. */
function channelsOf(nodes: readonly Node[], tensors: ReadonlyMap<string, { name: string; shape: number[] }>, file: Safetensors): number {
  const input = nodes[0] as Node;
  const stem = nodes.find((node) => isConv(node) && node.inputs[0] === input);
  const tensor = stem && tensors.get((stem as ConvNode).tensors.weight.key);
  const stored = tensor && file.shape(tensor.name);
  if (tensor && stored?.length === 4 && stored[1] === 1) tensor.shape[1] = 1;
  return tensor?.shape[1] ?? input.shape[2];
}

/**
 * The name of the head's matrix: the usual one, or the only one of the file that is not the body's and takes as many features. Undefined where
 * there is none; where there are several, the first is as good as any: the others are unexpected.
 */
function findHead(
  file: Safetensors,
  held: readonly string[],
  wanted: { name: string; shape: readonly number[] },
  taken: ReadonlySet<string>,
) {
  const fits = (name: string) => {
    const [, features, ...window] = file.shape(name) ?? [];
    return features === wanted.shape[1] && window.every((extent) => extent === 1);
  };
  const candidates = held.filter((name) => name.endsWith("weight") && !taken.has(name) && fits(name));
  return candidates.find((name) => name === wanted.name) ?? candidates[0];
}

/** The outermost module that is no prefix of trainers. */
function moduleOf(name: string): string {
  return name.split(".").find((part) => !PREFIX.test(`${part}.`)) ?? "";
}
