/** Defines the command line of a run on a GPU. */
import { Command, InvalidArgumentError, Option } from "commander";
import { RUNTIMES, type RuntimeName } from "../../src/cli/runtime-types.ts";

/** Options as they are typed. */
export interface GpuOptions {
  minutes: number;
  runtime: RuntimeName;
  weights?: string;
  out: string;
  cpuAllowed?: boolean;
  force?: boolean;
}

/** Fewer do not suffice for the first step on any adapter. */
const LEAST_MINUTES = 1;

function minutes(text: string): number {
  const value = Number(text);
  if (!(text.trim() && value >= LEAST_MINUTES && Number.isFinite(value))) {
    throw new InvalidArgumentError(`Give a number of minutes from ${LEAST_MINUTES} on.`);
  }
  return value;
}

/** The command; `run` does it. */
export function buildGpuProgram(run: (options: GpuOptions) => Promise<void>): Command {
  const program = new Command("bench:gpu").description(
    "Measure a GPU from start to end, unattended: kernels checked, nets, profiles, the tuner, every way to compute a layer, other libraries.",
  );
  return program
    .exitOverride()
    .addOption(new Option("--minutes <m>", "end before so many minutes").argParser(minutes).makeOptionMandatory())
    .addOption(new Option("--runtime <where>", "where to measure").choices(RUNTIMES).default("node"))
    .addOption(new Option("--weights <place>", "file, folder or address of the nets' weights; without any they are made up"))
    .addOption(new Option("--out <dir>", "folder for the files").default("out/gpu"))
    .option("--cpu-allowed", "go on where no GPU was found, on the CPU")
    .option("--force", "overwrite files that this program did not write")
    .action((options: GpuOptions) => run(options));
}
