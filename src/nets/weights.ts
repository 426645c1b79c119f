import { EngineError } from "../engine/errors.ts";
import { type ByteSource, type BytesInput, openBytes } from "./bytes.ts";
import { weightShapes } from "./graph.ts";
import { Safetensors, type WeightSource } from "./safetensors.ts";
import { TEACHERS, type TeacherDefinition } from "./teachers.ts";

/** Weights in several files: the index (`model.safetensors.index.json`) names them, `shard` hands each over. */
export interface ShardedInput {
  readonly index: BytesInput;
  readonly shard: (file: string) => BytesInput | Promise<BytesInput>;
}

export type WeightsInput = BytesInput | ShardedInput;

const isSharded = (input: WeightsInput): input is ShardedInput => "index" in input && "shard" in input;

/** Opens a file of weights, or all shards of an index. Throws BAD_WEIGHTS. */
export async function openWeights(input: WeightsInput, name: string): Promise<Safetensors> {
  if (!isSharded(input)) return Safetensors.open(await openBytes(input, name));
  const files = await shardNames(await openBytes(input.index, name));
  return Safetensors.open(await Promise.all(files.map(async (file) => openBytes(await input.shard(file), file))), name);
}

async function shardNames(index: ByteSource): Promise<string[]> {
  try {
    const { weight_map: map } = JSON.parse(new TextDecoder().decode(await index.read(0, index.size)));
    const files = [...new Set(Object.values(map))];
    // A shard lies beside its index: nothing else is ever asked for.
    if (files.length > 0 && files.every((file) => typeof file === "string" && /^[\w.-]+\.safetensors$/.test(file)))
      return files as string[];
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
  }
  throw new EngineError(
    "BAD_WEIGHTS",
    `${index.name} is not the index of a sharded safetensors file: it has no "weight_map" of file names.`,
    "Give model.safetensors.index.json as it was saved, with its shards beside it.",
  );
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
  return { read: (key, shape, first, count) => file.read(best.names.get(key) as string, shape, first, count) };
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
