import { DEFAULT_SAMPLES, type Explanation, SOFTWARE_SAMPLES } from "../index.ts";
import { describeAdapter, describeClasses, eachPhoto } from "./command.ts";
import { EXIT_DEGENERATE } from "./errors.ts";
import { type ExplainCommandOptions, explanationSettings } from "./options.ts";
import { checkOutput, makeReport, outputPaths, type Report, writeOutput } from "./output.ts";
import { notify, printLine } from "./print.ts";
import { kernelTable } from "./profile-report.ts";
import { megabytes, ProgressBar, percent } from "./progress.ts";
import type { Runtime } from "./runtime.ts";

/** The command `explain`: a map, an overlay and a report for each image. Throws what the session throws. */
export async function explain(images: readonly string[], options: ExplainCommandOptions, signal: AbortSignal): Promise<void> {
  const { json, out } = options;
  const settings = explanationSettings(options);
  await checkOutput(out, images);
  const reports: Report[] = [];
  const bar = new ProgressBar();
  const say = json ? notify : printLine;
  let introduced = false;

  await eachPhoto(images, options, signal, async (runtime, image, photo) => {
    if (!introduced) introduce(runtime, options, say);
    introduced = true;
    say(`\n${image}, seen by ${runtime.teacher}:`);
    const { top5 } = await runtime.classify(photo, settings, signal);
    for (const line of describeClasses(top5)) say(line);
    let explanation: Explanation;
    try {
      explanation = await runtime.explain(photo, { ...settings, signal, onProgress: (progress) => bar.showExplanation(progress) });
    } finally {
      bar.stop();
    }
    signal.throwIfAborted();

    const paths = outputPaths(out, image);
    const report = makeReport(image, runtime.adapter, explanation, paths);
    const written = await writeOutput(paths, report, explanation);
    reports.push(report);
    for (const line of describe(explanation, written)) say(line);
    if (explanation.profile) say(`\n${kernelTable(explanation.profile)}`);
    if (!explanation.map) {
      notify(`No map was drawn: ${explanation.degenerate}`);
      process.exitCode ??= EXIT_DEGENERATE;
    }
  });
  if (json && reports.length > 0) printLine(JSON.stringify(images.length === 1 ? reports[0] : reports, undefined, 2));
}

function introduce({ adapter }: Runtime, { samples }: ExplainCommandOptions, say: (line: string) => void): void {
  say(describeAdapter(adapter));
  if (adapter.software && samples === undefined) {
    say(`On a software adapter ${SOFTWARE_SAMPLES} samples instead of ${DEFAULT_SAMPLES}; ask for more with --samples ${DEFAULT_SAMPLES}.`);
  }
}

function describe(explanation: Explanation, files: readonly string[]): string[] {
  const { target, samples, shiftedShare, studentAgreement, seconds, reconstruction, memory, settings } = explanation;
  const { total, ...stages } = seconds;
  const rebuilt = reconstruction
    ? [`Reconstruction by the VAE: ${percent(reconstruction.probability)}, label ${reconstruction.keepsLabel ? "kept" : "lost"}`]
    : [];
  const parts = Object.entries(stages).map(([stage, value]) => `${stage} ${value.toFixed(2)}`);
  return [
    `Target: ${target.label} (${target.index}), ${percent(target.probability)}`,
    ...rebuilt,
    ...(shiftedShare === undefined ? [] : [`Labels shifted: ${percent(shiftedShare)} of ${samples} synthetic images`]),
    ...(studentAgreement === undefined ? [] : [`Student agrees with the teacher on ${percent(studentAgreement)} of them`]),
    `Seconds: ${total.toFixed(2)} in all; ${parts.join(", ")}`,
    `GPU memory: at most ${megabytes(memory.peak)} of the ${megabytes(memory.budget)} allowed, in batches of ${settings.batch}`,
    `Files: ${files.join(", ")}`,
  ];
}
