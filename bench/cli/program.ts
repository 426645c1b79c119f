/** Defines the benchmark's command line: `run`, `compare`, `results` and their options. */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { CommandError } from "../../src/cli/errors.ts";
import { RUNTIMES, type RuntimeName } from "../../src/cli/runtime-types.ts";
import { type BenchOptions, DEFAULTS, NETS, PEERS, SUITES, type SuiteName } from "../bench-options.ts";
import { type CompareOptions, compare } from "./compare.ts";
import { type MeasureOptions, measure } from "./measure.ts";
import { OwnFiles, rowName } from "./own-files.ts";
import { showResults } from "./results.ts";

/** Options as they are typed. */
interface RunOptions {
  net?: string[];
  batch: number[];
  layer?: string;
  variants?: boolean;
  quick?: boolean;
  tuned?: boolean;
  samples?: number;
  precision: BenchOptions["precision"];
  activations: BenchOptions["precision"];
  memory: number;
  longest: number;
  peers: string[];
  runtime: RuntimeName;
  out: string;
  force?: boolean;
  json?: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!(text.trim() && value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Give a number above 0.");
  return value;
}

function whole(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number above 0.");
  return Number(text);
}

const words = (text: string): string[] => text.split(",").map((name) => name.trim());

/** A parser of lists such as `a,b` of known names. */
function names(known: readonly string[]): (text: string) => string[] {
  return (text) => {
    const wrong = words(text).find((name) => !known.includes(name));
    if (wrong !== undefined) throw new InvalidArgumentError(`Choose among: ${known.join(", ")}.`);
    return words(text);
  };
}

function pattern(text: string): string {
  try {
    new RegExp(text);
    return text;
  } catch {
    throw new InvalidArgumentError("It is no regular expression.");
  }
}

/** The benchmark's commands; `signal` stops a running one, and `fail` makes the exit code say that something is wrong or slower. */
export function buildProgram(signal: AbortSignal, fail: () => void): Command {
  const program = new Command("bench").description("Measure the engine: layers, whole nets and explanations, each checked first.");
  program.exitOverride();
  program
    .command("run", { isDefault: true })
    .description("measure suites (default: all) and write report.json, report.md and plots")
    .addArgument(new Argument("[suite...]", "what to measure").choices(SUITES).default(SUITES, "all"))
    .addOption(
      new Option("--net <list>", `nets of the suites, and files (ONNX, safetensors): ${[...NETS.keys()].join(", ")}`).argParser(words),
    )
    .addOption(
      new Option("--batch <list>", "batch sizes")
        .argParser((text) => text.split(",").map(whole))
        .default([...DEFAULTS.batches], DEFAULTS.batches.join(",")),
    )
    .addOption(new Option("--layer <regexp>", "only layers, and nets, with such a name, e.g. 'conv3x3|gemm'").argParser(pattern))
    .option("--variants", "every way to compute each dense layer, with its gain and its error; no other libraries")
    .option("--quick", "few repeats: to see that all works")
    .option("--tuned", "measure nets tuned for this adapter, too, in alternation with untuned ones")
    .addOption(
      new Option("--samples <n>", "synthetic images of an explanation (default: 1000, on a software adapter 100)").argParser(whole),
    )
    .addOption(new Option("--precision <type>", "matrices of dense layers").choices(["f32", "f16"]).default(DEFAULTS.precision))
    .addOption(new Option("--activations <type>", "what layers hand on in nets and explanations").choices(["f32", "f16"]).default("f32"))
    .addOption(new Option("--memory <megabytes>", "GPU memory that a row may take").argParser(positive).default(DEFAULTS.memory / 1e6))
    .addOption(
      new Option("--longest <seconds>", "skip rows of which one run would take longer").argParser(positive).default(DEFAULTS.longest),
    )
    .addOption(
      new Option("--peers <list>", `other libraries to compare with: ${PEERS.join(", ")}`).argParser(names(PEERS)).default([], "none"),
    )
    .addOption(new Option("--runtime <where>", "where to measure").choices(RUNTIMES).default("chrome"))
    .addOption(new Option("--out <dir>", "folder for the files").default("out/bench"))
    .option("--force", "overwrite files that this program did not write")
    .option("--json", "print the report as JSON on stdout instead of Markdown")
    .copyInheritedSettings(program)
    .action(async (suites: SuiteName[], options: RunOptions) => {
      if (options.activations === "f16" && suites.includes("kernels")) {
        throw new CommandError("Layers by themselves are measured with activations in f32", "Name other suites: nets explanation.");
      }
      if (!(await measure(settle(suites, options), await OwnFiles.find(options.net, signal), options satisfies MeasureOptions, signal)))
        fail();
    });
  program
    .command("compare")
    .description("compare two reports of the same adapter; exit code 1 where a row became slower")
    .argument("<before>", "report.json")
    .argument("<after>", "report.json")
    .addOption(new Option("--threshold <ratio>", "slower is what takes more than so many times as long").argParser(positive).default(1.05))
    .option("--force", "compare reports of different adapters")
    .copyInheritedSettings(program)
    .action(async (before: string, after: string, options: CompareOptions) => {
      if (!(await compare(before, after, options))) fail();
    });
  program
    .command("results")
    .description("show results of several adapters side by side (default: all of bench/results)")
    .argument("[files...]", "report.json of runs")
    .addOption(new Option("--filter <words>", "only rows with these words in name, kind, net or note").default("", "all"))
    .copyInheritedSettings(program)
    .action(showResults);
  return program;
}

function settle(suites: readonly SuiteName[], options: RunOptions): BenchOptions {
  const {
    net,
    batch,
    layer,
    variants = false,
    quick = false,
    tuned = false,
    samples,
    precision,
    activations,
    memory,
    longest,
    peers,
  } = options;
  return {
    suites,
    nets: net?.map(rowName),
    batches: batch,
    layer,
    variants,
    quick,
    tuned,
    samples,
    precision,
    activations,
    memory: memory * 1e6,
    longest,
    peers,
  };
}
