/**
 * Imports and runs every ONNX file of a folder, and says how far it is from its reference. The folder is what reference/onnx_census.py fills; the
 * page is docs/onnx-coverage.md:
 *
 *     node bin/run.mjs scripts/onnx-coverage.ts FOLDER [--write] [--import] [--logits] [--again PATTERN]
 *
 * --import: without running the nets. --logits: without gradients. What was measured is kept in FOLDER.json and not done again, so files may go
 * meanwhile, but for names with PATTERN in them ("" for all). Without --write the page is printed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type FileSource, openFile } from "../src/cli/file-source.ts";
import { markdownTable } from "../src/cli/markdown-table.ts";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";
import { findGpu, loadDawn } from "../src/cli/runtime-node.ts";
import { Engine } from "../src/engine/engine.ts";
import { EngineError } from "../src/engine/errors.ts";
import { parseGolden } from "./golden-file.ts";
import { importFile, measureModel, type OnnxErrors, type OnnxReference } from "./onnx-measure.ts";

interface Facts {
  readonly library: string;
  readonly net: string;
  readonly exporter: string;
  readonly target: number;
}

interface Row extends Facts, Partial<OnnxErrors> {
  readonly size?: string;
  /** Why it is not imported, or does not run. */
  readonly reason?: string;
}

const LOGITS = 1e-4;
const SETTLED = 2e-5;
const RAW = 2e-2;

const argumentsGiven = process.argv.slice(2);
const again = argumentsGiven.includes("--again") ? argumentsGiven[argumentsGiven.indexOf("--again") + 1] : undefined;
const folder = resolve(argumentsGiven.find((argument) => !argument.startsWith("--") && argument !== again) ?? ".");
const kept = `${folder}.json`;
const rows: Record<string, Row> = existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : {};
const has = (flag: string) => argumentsGiven.includes(flag);

/** Created when it is first needed. */
let engine: Promise<Engine> | undefined;

const sharedEngine = () => {
  engine ??= createEngine();
  return engine;
};

async function createEngine(): Promise<Engine> {
  const gpu = await findGpu(await loadDawn());
  // Dawn's instance goes, and all that it computes with it, when nothing refers to it any more.
  Object.assign(globalThis, { gpu });
  return Engine.create({ gpu });
}

async function measure(name: string): Promise<Row> {
  const golden = join(folder, `${name}.safetensors`);
  const { facts, tensors } = parseGolden(new Uint8Array(readFileSync(golden)).buffer);
  const { library, net, exporter, target } = facts as Facts;
  const row = { library, net, exporter, target, size: tensors.get("input")?.shape.slice(0, 2).join(" x ") ?? "" };
  const opened: FileSource[] = [];
  const open = async (file: string) => {
    if (!existsSync(join(folder, file))) return undefined;
    const source = await openFile(join(folder, file));
    opened.push(source);
    return { ...source, name: file };
  };
  try {
    const model = await importFile(`${name}.onnx`, open);
    if (has("--import")) return row;
    const values = (key: string) => tensors.get(key)?.values as Float32Array;
    const reference: OnnxReference = {
      ...{ target, input: values("input"), logits: values("logits") },
      gradient: has("--logits") ? undefined : values("gradient"),
      corners: tensors.has("doubts") ? { shapes: values("shapes"), samples: values("samples"), doubts: values("doubts") } : undefined,
    };
    return { ...row, ...(await measureModel(await sharedEngine(), model, reference)) };
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    return { ...row, reason: cause.message };
  } finally {
    for (const source of opened) await source.close();
  }
}

/** Whether nothing is left to do for a file. */
function isKnown(name: string): boolean {
  const row = rows[name];
  if (!row || (again !== undefined && name.includes(again))) return false;
  return row.reason !== undefined || has("--import") || (row.logits !== undefined && (has("--logits") || row.raw !== undefined));
}

const exponential = (value: number | undefined) => (value === undefined ? "" : value.toExponential(1));

function loads({ reason, logits }: Row): boolean {
  return reason === undefined && (logits === undefined || logits < LOGITS);
}

/** The first obstacle, without the file's name. */
function shortReason(reason: string): string {
  const [whole = "", first] = reason.split("\n");
  return (first ?? whole).trim();
}

function page(): string {
  const all = Object.values(rows);
  const groupOf = ({ library, exporter }: Row) => `${library}, ${exporter} exporter`;
  const totals = [...new Set(all.map(groupOf))].map((group) => {
    const own = all.filter((row) => groupOf(row) === group);
    const [run, back] = [own.filter(loads), own.filter(({ raw }) => raw !== undefined)];
    const most = (values: readonly (number | undefined)[]) => exponential(Math.max(...values.filter((value) => value !== undefined), 0));
    return [
      ...[group, `${own.length}`, `${run.length}`, most(run.map(({ logits }) => logits))],
      ...[`${back.filter(({ settled = 0, raw = 1 }) => settled < SETTLED && raw < RAW).length} of ${back.length}`],
    ];
  });
  const cells = ({ library, net, exporter, size = "", reason, logits, raw, settled, doubts }: Row) => [
    ...[`${library} ${net}`, exporter, size, reason === undefined ? "loads" : shortReason(reason)],
    ...[exponential(logits), exponential(settled), exponential(raw), doubts === undefined ? "" : `${doubts}`],
  ];
  return `# ONNX files that load

Classifiers of torchvision, timm and Keras, exported as ONNX files with random weights, imported and run on one image. Made by
\`node bin/run.mjs scripts/onnx-coverage.ts\` from what \`reference/onnx_census.py\` and \`reference/keras_census.py\` export.

- **logits**: largest difference from onnxruntime's, over the largest logit; below ${LOGITS} a net counts as loaded.
- **gradient**: of the largest logit with respect to the image, largest difference from PyTorch in float64 over the largest value, once units in doubt have
  float64's value: those within 1e-4 of an activation's corner, or of another maximum of a pool, beside their layer's root mean square. At most ${SETTLED}.
- **raw**: the same as float32 has it, L2 distance over the norm. At most ${RAW}. Of Keras' nets only this, from TensorFlow in float32.

${markdownTable(["library, exporter", "files", "load", "largest error of logits", "gradients within both bounds"], totals, (column) => column === 0)}

${markdownTable(["net", "exporter", "size", "loads", "logits", "gradient", "raw", "units in doubt"], all.map(cells), (column) => column < 4)}
`;
}

const names = readdirSync(folder)
  .filter((file) => file.endsWith(".safetensors"))
  .map((file) => file.replace(/\.safetensors$/, ""))
  .filter((name) => existsSync(join(folder, `${name}.onnx`)) && !isKnown(name))
  .sort();
for (const name of names) {
  const row = await measure(name);
  rows[name] = row;
  writeFileSync(kept, JSON.stringify(rows, null, 1));
  const { reason, ...numbers } = row;
  notify(`${name}: ${reason ?? JSON.stringify(numbers)}`);
}
(await engine)?.dispose();
if (has("--write")) writeFileSync(join(ROOT, "docs", "onnx-coverage.md"), page());
else printLine(page());
