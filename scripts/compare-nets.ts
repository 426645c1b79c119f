/**
 * Times nets of another clone and of this one in turn, in one process. On Node's WebGPU:
 *
 *     node bin/run.mjs scripts/compare-nets.ts OTHER [--net LIST] [--batch N] [--rounds N]
 *
 * OTHER: the folder of the other clone, with its packages installed. What is compared, round by round, is the time of one run after the other's;
 * which of the two begins changes every round, and both are loaded four times anew, each of them first two times. On a software adapter the processor's seconds say more than the clock's: other processes do not
 * add to them. Prints the median of the ratios, this clone's time over the other's, and their quartiles.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { NetData } from "../bench/net-data.ts";
import { bundleEntry } from "../src/cli/bundle.mjs";
import { markdownTable } from "../src/cli/markdown-table.ts";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";
import { findGpu, loadDawn } from "../src/cli/runtime-node.ts";

/** What a clone's engine is made of, as far as it is used here. */
type Clone = typeof import("../src/engine/engine.ts") &
  typeof import("../src/engine/plan.ts") &
  typeof import("../src/nets/net.ts") &
  typeof import("../src/zoo/teachers.ts");

const NETS = "efficientnet-lite0,mobilenet_v2,resnet18,resnet50,vgg16";

/** One run of a net, and what frees it. */
interface Run {
  run(): Promise<void>;
  dispose(): void;
}

const argumentsGiven = process.argv.slice(2);
const option = (name: string, usual: string) => {
  const at = argumentsGiven.indexOf(name);
  return at < 0 ? usual : (argumentsGiven[at + 1] ?? usual);
};
const [batch, rounds] = [Number(option("--batch", "1")), Number(option("--rounds", "6"))];

async function bundle(root: string): Promise<Clone> {
  const folder = mkdtempSync(join(root, "node_modules", ".compare-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const entry = join(folder, "clone.ts");
  const files = ["engine/engine", "engine/plan", "nets/net", "zoo/teachers"];
  writeFileSync(entry, files.map((file) => `export * from ${JSON.stringify(join(root, "src", `${file}.ts`))};\n`).join(""));
  await bundleEntry(root, entry, join(folder, "out"));
  return import(pathToFileURL(join(folder, "out", "entry.mjs")).href) as Promise<Clone>;
}

async function prepare({ Engine, PlanBuilder, Net, findTeacher }: Clone, gpu: GPU, name: string): Promise<Run> {
  const nodes = await findTeacher(name).nodes();
  const data = new NetData(name, nodes);
  const engine = await Engine.create({ gpu });
  const net = await Net.load(engine, nodes, data.source);
  const [height, width] = net.inputShape;
  const image = engine.tensor("image", [batch, height, width, 4]);
  image.write(data.input.slice(0, batch * height * width * 4));
  const plan = new PlanBuilder(engine, "net");
  const logits = engine.tensor("logits", [batch, net.outputShape[2]]);
  net.append(plan, batch, image, logits);
  const compiled = await plan.compile();
  return {
    async run() {
      await compiled.run();
      await logits.read();
    },
    dispose: () => engine.dispose(),
  };
}

/** Seconds of the clock and of the processor. */
interface Times {
  readonly wall: number;
  readonly cpu: number;
}

/** How often both nets are loaded anew. */
const LOADINGS = 4;

async function time({ run }: Run): Promise<Times> {
  const [began, used] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - began) / 1e3, cpu: (user + system) / 1e6 };
}

function quantiles(values: readonly number[]): [low: number, median: number, high: number] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
  return [at(0.25), at(0.5), at(0.75)];
}

async function compare(other: Clone, own: Clone, gpu: GPU, name: string): Promise<string[]> {
  const ratios: Times[] = [];
  const seconds: number[] = [];
  for (let loading = 0; loading < LOADINGS; loading++) {
    // Where a net's tensors come to lie is chance, and which of the two was loaded first may matter.
    const clones = loading % 2 === 0 ? [other, own] : [own, other];
    const runs = new Map<Clone, Run>();
    for (const clone of clones) runs.set(clone, await prepare(clone, gpu, name));
    for (const { run } of runs.values()) await run();
    for (let round = 0; round < rounds; round++) {
      const times = new Map<Clone, Times>();
      for (const clone of round % 2 === 0 ? clones : clones.toReversed()) times.set(clone, await time(runs.get(clone) as Run));
      const [before, after] = [times.get(other), times.get(own)] as [Times, Times];
      ratios.push({ wall: after.wall / before.wall, cpu: after.cpu / before.cpu });
      seconds.push(after.cpu);
    }
    for (const { dispose } of runs.values()) dispose();
  }
  const text = (key: "wall" | "cpu") => {
    const [low, median, high] = quantiles(ratios.map((ratio) => ratio[key]));
    return `${median.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
  };
  return [name, String(batch), quantiles(seconds)[1].toFixed(2), text("cpu"), text("wall")];
}

const gpu = await findGpu(await loadDawn());
// Dawn's instance goes, and all that it computes with it, when nothing refers to it any more.
Object.assign(globalThis, { gpu });
const [other, own] = [await bundle(resolve(argumentsGiven[0] ?? ".")), await bundle(ROOT)];
const rows: string[][] = [];
for (const name of option("--net", NETS).split(",")) {
  notify(`${name}: ${LOADINGS} x ${rounds} rounds`);
  rows.push(await compare(other, own, gpu, name));
}
const head = ["net", "batch", "processor seconds", "after / before, processor: median (quartiles)", "clock"];
printLine(markdownTable(head, rows));
process.exit(0);
