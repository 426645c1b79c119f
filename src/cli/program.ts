/** Puts the command line together: names, arguments, options and help of all commands. */
import { Argument, Command, Option } from "commander";
import { TEACHERS } from "../faces/all.ts";
import { sizeOption } from "./classifier-flags.ts";
import type { CheckCommandOptions } from "./commands/check.ts";
import type { InspectCommandOptions } from "./commands/inspect.ts";
import type { ProfileClassifyOptions, ProfileExplainOptions } from "./commands/profile.ts";
import type { QueueCommandOptions } from "./commands/queue.ts";
import type { ReflectCommandOptions } from "./commands/reflect.ts";
import type { WeightsCommandOptions } from "./commands/weights.ts";
import type { WorkerCommandOptions } from "./commands/worker.ts";
import { SHELLS, type Shell } from "./completion-shells.ts";
import {
  type ClassifyCommandOptions,
  checkOptions,
  classifyOptions,
  commonOptions,
  type EvaluateCommandOptions,
  type ExplainCommandOptions,
  evaluateOptions,
  explainOptions,
  explanationOptions,
  plantedOptions,
  type SessionCommandOptions,
  sessionOptions,
  tsneOptions,
  WGSL_SOURCES,
  writingOptions,
} from "./flags.ts";
import { describeMethods } from "./method-flags.ts";
import { VERSION } from "./paths.ts";
import { notify, printLine } from "./print.ts";
import { queueOption } from "./queue/queue-flags.ts";
import { workerOptions } from "./queue/worker-flags.ts";
import type { TsneCommandOptions } from "./tsne/command.ts";

/**
 * The program, ready to parse arguments; what a command runs is loaded when it is called. Parsing rejects with commander's CommanderError, after
 * one line on stderr, for wrong arguments, and with what the command throws. `signal` stops a running command.
 */
export function buildProgram(signal: AbortSignal): Command {
  const program = new Command("relabel").description("Explain an image classifier's prediction by re-label distillation, on WebGPU.");
  program.version(VERSION, "--version", "print the version");
  program.exitOverride();
  program.configureOutput({ outputError: (text) => notify(withFix(text)) });
  const subcommand = (name: string, description: string, parent = program) => {
    const command = parent
      .command(name)
      .description(description)
      .argument("<image...>", "photos (JPEG, PNG, WebP, AVIF, GIF, TIFF), or folders of them; - reads one from standard input");
    return command.copyInheritedSettings(program);
  };
  const explaining = subcommand(
    "explain",
    "draw a map over each photo: NAME.overlay.png (to look at), NAME.map.npy (values), NAME.json; of several methods NAME.methods.png and .json",
  );
  for (const option of [...explainOptions(), ...commonOptions()]) explaining.addOption(option);
  explaining.addHelpText("after", describeMethods());
  explaining.action(async (images: string[], options: ExplainCommandOptions) => {
    await (await import("./commands/explain.ts")).explain(images, options, signal);
  });

  const classifying = subcommand("classify", "print the likeliest classes of each photo");
  for (const option of [...classifyOptions(), ...commonOptions()]) classifying.addOption(option);
  classifying.action(async (images: string[], options: ClassifyCommandOptions) => {
    await (await import("./commands/classify.ts")).classify(images, options, signal);
  });

  const checking = subcommand(
    "check",
    "check that a method's map depends on the classifier, and how far on seed and noise: NAME.check.md, NAME.check.json",
  );
  for (const option of [...checkOptions(), ...commonOptions()]) checking.addOption(option);
  checking.addHelpText("after", describeMethods());
  checking.action(async (images: string[], options: CheckCommandOptions) => {
    await (await import("./commands/check.ts")).check(images, options, signal);
  });

  const embedding = subcommand(
    "tsne",
    "place the synthetic images of each photo in a plane: NAME.tsne.html, NAME.tsne.png, NAME.tsne.json",
  );
  for (const option of [...tsneOptions(), ...commonOptions()]) embedding.addOption(option);
  embedding.action(async (images: string[], options: TsneCommandOptions) => {
    await (await import("./tsne/command.ts")).tsne(images, options, signal);
  });

  const profiling = program
    .command("profile")
    .description("time every kernel and account for the wall time: NAME.profile.md, NAME.profile.json, NAME.trace.json for Perfetto")
    .option("--from <file>", "print the report of a profile that was saved, by a command or the page: NAME.trace.json")
    .option("--json", "with --from: print the report as JSON on stdout and nothing else")
    .copyInheritedSettings(program)
    // Its commands have options of these names, too.
    .enablePositionalOptions()
    .allowExcessArguments()
    .action(async ({ from, ...options }: { from?: string; json?: boolean }, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined) command.error(`error: unknown command '${unknown}'`);
      if (from === undefined) command.help({ error: true });
      else await (await import("./commands/profile.ts")).profileFrom(from, options);
    });
  const profiledExplain = subcommand("explain", "of an explanation of each photo", profiling);
  for (const option of [...explanationOptions(), ...writingOptions(), ...commonOptions()]) profiledExplain.addOption(option);
  profiledExplain.addHelpText("after", describeMethods());
  profiledExplain.action(async (images: string[], options: ProfileExplainOptions) => {
    await (await import("./commands/profile.ts")).profileExplain(images, options, signal);
  });
  const profiledClassify = subcommand("classify", "of a classification of each photo", profiling);
  for (const option of [...writingOptions(), ...commonOptions()]) profiledClassify.addOption(option);
  profiledClassify.action(async (images: string[], options: ProfileClassifyOptions) => {
    await (await import("./commands/profile.ts")).profileClassify(images, options, signal);
  });

  const evaluating = program
    .command("evaluate")
    .description("score methods by deletion and insertion on many photos: tables, curves and a page; goes on where it stopped")
    .argument("<folder...>", "folders of photos, or photos; or `planted` and such folders, or `merge` and those of shards")
    .copyInheritedSettings(program)
    .action(async (sources: string[], options: EvaluateCommandOptions) => {
      await (await import("./commands/evaluate.ts")).evaluate(sources, options, signal);
    });
  for (const option of [...evaluateOptions(), ...commonOptions()]) evaluating.addOption(option);
  const planting = evaluating
    .command("planted")
    .description(
      "score methods by whether they find a photo that was pasted on another, by AUC and precision: tables and a page; goes on where it stopped",
    )
    .argument("<folder...>", "folders of photos, or photos")
    .copyInheritedSettings(program)
    .action(async (sources: string[], _, command: Command) => {
      const given = evaluating.getOptionValueSource("metrics") === "cli";
      const options = command.optsWithGlobals<EvaluateCommandOptions>();
      await (await import("./commands/evaluate.ts")).planted(sources, given ? options : { ...options, metrics: [] }, signal);
    });
  // Its parent reads them: these are for the help.
  for (const option of [...plantedOptions(), ...commonOptions()]) planting.addOption(option);
  const merging = evaluating
    .command("merge")
    .description("join the runs of all shards into one table")
    .argument("<folder...>", "what the shards wrote with --out")
    .option("--json", "print the table as JSON on stdout and nothing else")
    .copyInheritedSettings(program)
    .action(async (folders: string[], _, command: Command) => {
      await (await import("./commands/evaluate.ts")).merge(folders, command.optsWithGlobals(), signal);
    });
  for (const option of writingOptions()) merging.addOption(option);

  const working = program
    .command("worker")
    .description("take units of evaluations from a queue, until Ctrl-C, which hands the unit back; see evaluate --queue")
    .copyInheritedSettings(program)
    .action(async (options: WorkerCommandOptions) => {
      await (await import("./commands/worker.ts")).worker(options, signal);
    });
  for (const option of workerOptions()) working.addOption(option);

  program
    .command("queue")
    .description("list the runs in a queue's database, or remove the named ones: their results, and what waits of them")
    .argument("[run...]", "runs, by the beginnings of their names")
    .addOption(queueOption("the queue"))
    .option("--remove", "remove the named ones")
    .copyInheritedSettings(program)
    .action(async (runs: string[], options: QueueCommandOptions) => {
      await (await import("./commands/queue.ts")).queue(runs, options);
    });

  const tuning = program
    .command("tune")
    .description("measure on this adapter which kernels compute the classifier the fastest, for later runs to use (kept in RELABEL_CACHE)")
    .copyInheritedSettings(program)
    .action(async (options: SessionCommandOptions) => {
      await (await import("./commands/tune.ts")).tune(options, signal);
    });
  for (const option of sessionOptions()) tuning.addOption(option);

  program
    .command("inspect")
    .description("print what a classifier's file holds: inputs, outputs, layers, operators, what is supported; no GPU is needed")
    .argument("<file...>", "ONNX models, or safetensors files")
    .addOption(sizeOption())
    .option("--json", "print it as JSON on stdout and nothing else")
    .copyInheritedSettings(program)
    .action(async (files: string[], options: InspectCommandOptions) => {
      await (await import("./commands/inspect.ts")).inspect(files, options, signal);
    });

  program
    .command("weights")
    .description("list the classifiers and where their weights are, or download the named ones' into the cache (RELABEL_CACHE)")
    .addArgument(new Argument("[name...]", "classifiers").choices(TEACHERS.map(({ name }) => name)))
    .option("--remove", "delete the named ones' weights from the cache")
    .copyInheritedSettings(program)
    .action(async (names: string[], options: WeightsCommandOptions) => {
      await (await import("./commands/weights.ts")).weights(names, options, signal);
    });

  program
    .command("completion")
    .description(
      "print a script that completes commands and options: source <(relabel completion bash), or zsh; or relabel completion fish | source",
    )
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .copyInheritedSettings(program)
    .action(async (shell: Shell) => {
      const { completionScript } = await import("./completion.ts");
      printLine(completionScript(program, shell));
    });

  program
    .command("reflect")
    .description(
      "write the typed definition of WGSL kernels of your own, for relabel/engine: NAME.kernel.ts next to NAME.wgsl. Checks what the WGSL " +
        "declares: bindings, uniforms, constants, workgroup. What stands in functions, such as unknown names, the GPU's compiler checks " +
        "when a plan is compiled",
    )
    .argument("<file...>", "WGSL files, one kernel each")
    .addOption(
      new Option("--source <how>", "how it comes by the WGSL: imported with ?raw, imported as it is, or copied into it")
        .choices(WGSL_SOURCES)
        .default("raw"),
    )
    .addOption(new Option("--force", "overwrite files that relabel did not write, but never an input"))
    .copyInheritedSettings(program)
    .action(async (files: string[], options: ReflectCommandOptions) => {
      await (await import("./commands/reflect.ts")).reflect(files, options);
    });
  return program;
}

/** Commander's message in one line, with what to do where it does not say so itself. */
function withFix(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, " ");
  if (/[.?]\)?$/.test(line)) return line;
  const [, missing] = /missing required argument '(\w+)'/.exec(line) ?? [];
  const fix = missing ? `Name at least one ${missing === "file" ? "file" : "photo"}` : "Look at the options";
  return `${line}. ${fix}: --help shows how.`;
}
