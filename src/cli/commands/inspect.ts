/** Prints what a classifier's file holds, and what of it can be explained. */
import type { InspectedModel, InspectedNet, Size, TeacherDefinition } from "../../faces/all.ts";
import { inspectNet, inspectOnnx } from "../../faces/all.ts";
import { CommandError } from "../errors.ts";
import { type FileSource, isOnnxFile } from "../file-source.ts";
import { locateWeights, onnxInput } from "../locate.ts";
import { printLine } from "../print.ts";

export interface InspectCommandOptions {
  json?: boolean;
  size?: Size;
}

/** What `inspect --json` prints for a file. */
interface Facts {
  file: string;
  format: "onnx" | "safetensors";
  supported: boolean;
  /** Why it is not. */
  problem?: string;
  fix?: string;
  producer?: string;
  irVersion?: number;
  opset?: number;
  inputs?: readonly Value[];
  outputs?: readonly Value[];
  operators?: Readonly<Record<string, number>>;
  architecture?: string;
  classes?: number;
  input?: { height: number; width: number; channels: number; anySize: boolean };
  /** What the last layer is, which is cut off. */
  probabilities?: string | null;
  preprocess?: string;
  layers?: InspectedNet["layers"];
  parameters?: number;
  multiplyAdds?: number;
  cam?: string;
  ignored?: readonly string[];
}

interface Value {
  name: string;
  type: string;
  dims: readonly (number | string)[];
}

/** The command `inspect`. Throws a CommandError, and what is wrong with the first file that is none. */
export async function inspect(files: readonly string[], { json, size }: InspectCommandOptions, signal: AbortSignal): Promise<void> {
  const all: Facts[] = [];
  for (const file of files) {
    const facts = (await isOnnxFile(file)) ? await factsOfModel(file, size) : await factsOfWeights(file, size, signal);
    all.push(facts);
    if (!facts.supported) process.exitCode = 1;
    if (!json) for (const line of describe(facts)) printLine(line);
  }
  if (json) printLine(JSON.stringify(all, undefined, 2));
}

async function factsOfModel(file: string, size: Size | undefined): Promise<Facts> {
  const sources: FileSource[] = [];
  try {
    return ofModel(file, await inspectOnnx(await onnxInput(file, sources), file, size));
  } finally {
    for (const source of sources) await source.close();
  }
}

function ofModel(file: string, { file: model, operators, classifier, net, problem }: InspectedModel): Facts {
  const values = (list: typeof model.inputs): Value[] =>
    list.flatMap(({ name, type = "no tensor", dims = [] }) => (model.tensors.has(name) ? [] : [{ name, type, dims }]));
  const { producer, irVersion } = model;
  const facts: Facts = {
    ...{ file, format: "onnx", supported: !problem },
    ...(problem && { problem: problem.message, fix: problem.fix }),
    ...{ producer, irVersion, opset: model.opsets.get("") ?? 0 },
    ...{ inputs: values(model.inputs), outputs: values(model.outputs), operators },
  };
  if (!classifier || !net) return facts;
  const { height, width } = classifier.definition.input;
  const { classes, channels, imported, preprocessing } = classifier;
  return {
    ...facts,
    ...{ classes, input: { height, width, channels, anySize: imported.anySize }, probabilities: imported.outputs ?? null },
    ...{ preprocess: preprocessing.name, ...net },
  };
}

async function factsOfWeights(file: string, size: Size | undefined, signal: AbortSignal): Promise<Facts> {
  const { teacher, classes, channels, ignored } = await locateWeights(file, undefined, signal);
  const { height, width } = { ...teacher.input, ...size };
  const nodes = await nodesOf(teacher, [height, width, channels], classes);
  return {
    ...{ file, format: "safetensors", supported: true, architecture: teacher.name, classes },
    ...{ input: { height, width, channels, anySize: true }, ...inspectNet(nodes), ignored },
    ...(teacher.cam && { cam: teacher.cam }),
  };
}

async function nodesOf({ name, nodes }: TeacherDefinition, input: readonly [number, number, number], classes: number) {
  try {
    return await nodes({ input, classes });
  } catch (cause) {
    throw new CommandError(`${name} cannot take that size (${(cause as Error).message})`, "Leave --size out.", { cause });
  }
}

function describe(facts: Facts): string[] {
  const { file, format, architecture, producer, opset, irVersion, problem, fix } = facts;
  const made = [...(producer ? [`by ${producer}`] : []), `opset ${opset}`, `format ${irVersion}`];
  const lines = [`\n${file}: ${format === "onnx" ? `an ONNX model (${made.join(", ")})` : `weights of ${architecture}`}`];
  for (const [what, values] of [["input", facts.inputs ?? []] as const, ["output", facts.outputs ?? []] as const]) {
    for (const { name, type, dims } of values)
      lines.push(`  ${what} ${name}: ${type} of [${dims.map((extent) => extent || "?").join(", ")}]`);
  }
  if (facts.operators) {
    const counts = Object.entries(facts.operators).sort(([, a], [, b]) => b - a);
    lines.push(`  operators: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  }
  if (problem) return [...lines, `  not supported: ${problem} ${fix}`];
  return [...lines, ...describeNet(facts)];
}

function describeNet({
  input,
  classes,
  probabilities,
  preprocess,
  layers = [],
  parameters = 0,
  multiplyAdds = 0,
  cam,
  ignored = [],
}: Facts): string[] {
  const size = `${input?.height} x ${input?.width}, ${input?.channels} ${input?.channels === 1 ? "channel" : "channels"}`;
  const names = Math.max(...layers.map(({ name }) => name.length));
  const shapes = Math.max(...layers.map(({ shape }) => shape.join(" x ").length));
  const row = ({ name, shape, operation, parameters: own }: (typeof layers)[number]) =>
    `  ${name.padEnd(names)}  ${shape.join(" x ").padEnd(shapes)}  ${operation}${own ? `, ${own} parameters` : ""}${name === cam ? "  (class activation maps)" : ""}`;
  return [
    `  takes ${size}${input?.anySize ? " (any size)" : ""}; ${classes} classes${probabilities ? `, ${probabilities} at its end` : ""}`,
    ...(preprocess ? [`  probably takes photos as --preprocess ${preprocess} says`] : []),
    `  ${(parameters / 1e6).toFixed(2)} million parameters, ${(multiplyAdds / 1e6).toFixed(1)} million multiply-adds an image`,
    ...(ignored.length > 0 ? [`  not used: ${ignored.length} tensors, such as ${ignored[0]}`] : []),
    "  layers, height x width x channels:",
    ...layers.map(row),
  ];
}
