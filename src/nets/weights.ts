import { EngineError } from "../engine/errors.ts";
import { type ByteSource, type BytesInput, openBytes } from "./bytes.ts";
import { weightShapes } from "./graph.ts";
import { printable } from "./printable.ts";
import { Safetensors, type WeightSource } from "./safetensors.ts";
import { readIndex } from "./shard-index.ts";
import { TEACHERS, type TeacherDefinition } from "./teachers.ts";

/** Weights in several files: the index (`model.safetensors.index.json`) says which tensors are in which, `shard` hands each file over. */
export interface ShardedInput {
  /** Or the names of the files, where there is no index. */
  readonly index: BytesInput | readonly string[];
  readonly shard: (file: string) => BytesInput | Promise<BytesInput>;
}

export type WeightsInput = BytesInput | ShardedInput;

const isSharded = (input: WeightsInput): input is ShardedInput => "index" in input && "shard" in input;
const isList = (index: ShardedInput["index"]): index is readonly string[] => Array.isArray(index);

/** Opens a file of weights, or all shards of an index. Throws BAD_WEIGHTS. */
export async function openWeights(input: WeightsInput, name: string): Promise<Safetensors> {
  if (!isSharded(input)) return Safetensors.open(await openBytes(input, name));
  const { index, shard } = input;
  const map = isList(index) ? new Map<string, string>() : await readIndex(await openBytes(index, name));
  const names = isList(index) ? index : [...new Set(map.values())];
  const shards = new Map<string, ByteSource>();
  for (const file of names) shards.set(file, await openBytes(await shard(file), file));
  const whole = await Safetensors.open([...shards.values()], name);
  for (const [tensor, file] of map) {
    if (whole.sourceOf(tensor) === shards.get(file)) continue;
    throw new EngineError(
      "BAD_WEIGHTS",
      `${printable(name, 200)} says that ${file} holds tensor "${printable(tensor)}", which it does not.`,
      "Give the shards and the index of one model, as they were saved together.",
    );
  }
  return whole;
}

/** A teacher's tensors under the description's names, with the names that the file may have for them. */
function namings({ nodes, timm }: TeacherDefinition): { names: Map<string, string>; wanted: Map<string, readonly number[]> }[] {
  const shapes = weightShapes(nodes());
  const rename = (key: string) =>
    key.replace(/^(.*)(\.\w+)$/, (_, layer: string, part: string) => (timm as (layer: string) => string)(layer) + part);
  const own = new Map([...shapes.keys()].map((key) => [key, key]));
  const others = timm ? [new Map([...shapes.keys()].map((key) => [key, rename(key)]))] : [];
  return [own, ...others].map((names) => ({
    names,
    wanted: new Map([...shapes].map(([key, shape]) => [names.get(key) as string, shape])),
  }));
}

/**
 * The teacher's weights in a file with torchvision's or timm's names. Throws BAD_WEIGHTS where it holds another net, judged by the naming
 * that is closest.
 */
export function matchWeights(definition: TeacherDefinition, file: Safetensors): WeightSource {
  const held = new Set(file.names);
  const lacking = ({ wanted }: { wanted: Map<string, unknown> }) => [...wanted.keys()].filter((key) => !held.has(key)).length;
  const [best] = namings(definition).sort((a, b) => lacking(a) - lacking(b)) as [ReturnType<typeof namings>[number]];
  try {
    file.expect(definition.name, best.wanted);
  } catch (cause) {
    const other = closestTeacher(file);
    if (!(cause instanceof EngineError) || other.distance > 0 || other.definition === definition) throw cause;
    const fix = `These are the weights of ${other.definition.name}: choose that teacher, or give the weights of ${definition.name}.`;
    throw new EngineError(cause.code, cause.message, fix, { cause });
  }
  const named = (key: string) => best.names.get(key) as string;
  return { read: (key, ...rest) => file.read(named(key), ...rest), describe: (key) => file.describe(named(key)) };
}

/** Which teacher the weights are of. Throws BAD_WEIGHTS where they are none's, judged by the teacher that is closest. */
export async function recogniseTeacher(input: WeightsInput, name: string): Promise<TeacherDefinition> {
  const file = await openWeights(input, name);
  const { definition } = closestTeacher(file);
  matchWeights(definition, file);
  return definition;
}

/** The teacher that shares most keys with a file, and how many keys only one of the two has. */
function closestTeacher(file: Safetensors): { definition: TeacherDefinition; distance: number } {
  const held = new Set(file.names);
  const distances = TEACHERS.flatMap((definition) =>
    namings(definition).map(({ wanted }) => {
      const shared = [...wanted.keys()].filter((key) => held.has(key)).length;
      return { definition, distance: wanted.size + held.size - 2 * shared };
    }),
  );
  return distances.reduce((a, b) => (b.distance < a.distance ? b : a));
}
