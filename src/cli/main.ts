import { constants } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { classify } from "./classify.ts";
import { notify, reportError } from "./command.ts";
import { EXIT_ERROR } from "./errors.ts";
import { explain } from "./explain.ts";
import { type ClassifyCommandOptions, classifyOptions, commonOptions, type ExplainCommandOptions, explainOptions } from "./options.ts";
import { ROOT } from "./weights.ts";

/** After a first Ctrl-C the running submit is finished and the browser closed; a second one, or this long a wait, ends the process. */
const GRACE_MILLISECONDS = 10_000;

const abort = new AbortController();

function buildProgram(): Command {
  const program = new Command("relabel").description("Explain an image classifier's prediction by re-label distillation, on WebGPU.");
  program.exitOverride();
  program.configureOutput({ outputError: (text) => notify(withFix(text)) });
  const subcommand = (name: string, description: string) => {
    const command = program.command(name).description(description).argument("<image...>", "photos: JPEG, PNG, WebP, AVIF, GIF or TIFF");
    command.copyInheritedSettings(program);
    return command;
  };
  const weights = join(ROOT, "weights");

  const explaining = subcommand("explain", "draw a saliency map of each photo: NAME.overlay.png, NAME.map.npy, NAME.json");
  for (const option of [...explainOptions(), ...commonOptions(weights)]) explaining.addOption(option);
  explaining.action((images: string[], options: ExplainCommandOptions) => explain(images, options, abort.signal));

  const classifying = subcommand("classify", "print the likeliest classes of each photo");
  for (const option of [...classifyOptions(), ...commonOptions(weights)]) classifying.addOption(option);
  classifying.action((images: string[], options: ClassifyCommandOptions) => classify(images, options, abort.signal));
  return program;
}

/** Commander's message in one line, with what to do where it does not say so itself. */
function withFix(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, " ");
  if (/[.?]\)?$/.test(line)) return line;
  return `${line}. ${line.includes("missing required argument") ? "Name at least one photo" : "Look at the options"}: --help shows how.`;
}

function stop(signal: NodeJS.Signals): void {
  const code = 128 + constants.signals[signal];
  if (abort.signal.aborted) process.exit(code);
  process.exitCode = code;
  abort.abort();
  setTimeout(() => process.exit(code), GRACE_MILLISECONDS).unref();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
// The reader of a pipe has seen enough, as `head` has.
process.stdout.once("error", () => stop("SIGPIPE"));

try {
  await buildProgram().parseAsync();
} catch (error) {
  if (abort.signal.aborted) notify("Interrupted: the unfinished image has left no files.");
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR;
  else reportError(error);
}
