/** Explains photos, and writes maps, figures and reports. */
import {
  DEFAULT_METHOD,
  DEFAULT_SAMPLES,
  type EvaluationProgress,
  type ExplainOptions,
  type Explanation,
  findMethod,
  SOFTWARE_SAMPLES,
} from "../../faces/all.ts";
import { describeAdapter, describeClasses, eachPhoto, printReports } from "../command.ts";
import { type ComparisonReport, compare } from "../comparison.ts";
import { EXIT_DEGENERATE } from "../errors.ts";
import { forLine } from "../escape.ts";
import { comparisonPaths, makeReport, outputPaths, type Report, writeOutput } from "../explain-report.ts";
import { type ExplainCommandOptions, explanationSettings } from "../flags.ts";
import { listPhotos } from "../list-photos.ts";
import { weightsGiven } from "../locate-classifier.ts";
import { Outputs } from "../output-files.ts";
import { placeOf } from "../photo-place.ts";
import { notify, printLine } from "../print.ts";
import { kernelTable } from "../profile-report.ts";
import { describePasses, megabytes, ProgressBar, percent } from "../progress.ts";
import type { Runtime } from "../runtime-types.ts";
import { chooseColours } from "../shading.ts";

/** The command `explain`: maps, overlays and a report for each image, by one method or several. Throws what the session throws. */
export async function explain(images: readonly string[], options: ExplainCommandOptions, signal: AbortSignal): Promise<void> {
  const { json, out, profile, scores, seed, overlaySize } = options;
  const plan = explanationSettings(options).map(untilSettled);
  const photos = await listPhotos(images, notify);
  const colours = chooseColours(options);
  const outputs = await Outputs.check(photos, (name) => pathsOf(name, plan, options), options);
  const reports: (Report | ComparisonReport)[] = [];
  const bar = new ProgressBar();
  const say = json ? notify : printLine;
  let introduced = false;

  await eachPhoto(photos, options, signal, async (runtime, { path: image, name }, given, input) => {
    const { adapter, teacher } = runtime;
    if (!introduced) for (const line of introduce(runtime, plan, options)) say(line);
    introduced = true;
    say(`\n${forLine(image)}, seen by ${teacher}:`);
    // A profile also shows what it takes to prepare the photo.
    const photo = profile ? given : await runtime.open(given, signal);
    const { top5 } = await runtime.classify(photo, { profile }, signal);
    for (const line of describeClasses(top5)) say(line);

    const run = async (settings: ExplainOptions) => {
      const title = plan.length > 1 ? findMethod(settings.method as string).title : undefined;
      try {
        const onProgress: ExplainOptions["onProgress"] = (progress) => bar.showExplanation(progress, title);
        const explanation = await runtime.explain(photo, { ...settings, signal, onProgress });
        signal.throwIfAborted();
        return explanation;
      } finally {
        bar.stop();
      }
    };
    const tell = (explanation: Explanation, written?: readonly string[]) => {
      for (const line of describe(explanation)) say(line);
      if (written) say(`Files: ${written.join(", ")}`);
      if (explanation.profile) say(`\n${kernelTable(explanation.profile)}`);
      if (explanation.map) return;
      notify(`No map was drawn: ${explanation.degenerate?.replace("the option `samples`", "--samples")}`);
      process.exitCode ??= EXIT_DEGENERATE;
    };

    const score = async (maps: Readonly<Record<string, Float32Array>>, target: number) => {
      try {
        const onProgress = ({ done, total }: EvaluationProgress) => bar.show("scoring", done, total);
        const evaluation = await runtime.evaluate(photo, maps, { target, protocol: scores, seed, signal, onProgress });
        signal.throwIfAborted();
        return evaluation;
      } finally {
        bar.stop();
      }
    };

    const drawing = { image, photo: given, place: placeOf(given, input), colours, overlaySize, weights: weightsGiven(options), input };
    if (compares(plan, options)) {
      const request = {
        ...drawing,
        name,
        out,
        outputs,
        runtime,
        adapter,
        teacher,
        run,
        tell,
        say,
        score: scores === undefined ? undefined : score,
      };
      const { report, written } = await compare(plan, request);
      reports.push(report);
      say(`\nFiles: ${written.join(", ")}`);
      return;
    }
    const explanation = await run(plan[0] as ExplainOptions);
    const paths = outputPaths(out, name);
    const report = makeReport(drawing, adapter, explanation, paths);
    const written = await writeOutput(outputs, paths, report, explanation, drawing, runtime);
    reports.push(report);
    tell(explanation, written);
  });
  if (json) printReports(reports, images, photos);
}

/** Draws no more samples than the map needs, unless their number was given. */
function untilSettled(given: ExplainOptions): ExplainOptions {
  const chosen = given.method !== DEFAULT_METHOD || (given.samples ?? given.parameters?.samples) !== undefined;
  return chosen ? given : { ...given, samples: "auto" };
}

/** Whether maps are shown side by side, with their scores if there are any. */
function compares(plan: readonly ExplainOptions[], { scores }: ExplainCommandOptions): boolean {
  return plan.length > 1 || scores !== undefined;
}

/** Every file that the explanations of a photo of this name may write. */
function pathsOf(name: string, plan: readonly ExplainOptions[], options: ExplainCommandOptions): string[] {
  const { out, profile } = options;
  const comparing = compares(plan, options);
  const ofMethods = plan.flatMap(({ method }) => {
    const { overlay, map, json, trace } = outputPaths(out, name, comparing ? (method as string) : undefined);
    return [overlay, map, ...(comparing ? [] : [json]), ...(profile ? [trace] : [])];
  });
  return [...ofMethods, ...(comparing ? Object.values(comparisonPaths(out, name)) : [])];
}

/** What whoever reads the results should know first. */
function introduce({ adapter }: Runtime, plan: readonly ExplainOptions[], { forwards }: ExplainCommandOptions): string[] {
  const relabels = plan.some(({ samples }) => samples === "auto");
  const others = plan.map(({ method }) => findMethod(method as string)).filter(({ name }) => name !== DEFAULT_METHOD);
  const lines = [describeAdapter(adapter)];
  if (adapter.software && relabels) {
    lines.push(
      `On a software adapter at most ${SOFTWARE_SAMPLES} samples instead of ${DEFAULT_SAMPLES}; ask for more with --samples ${DEFAULT_SAMPLES}.`,
    );
  }
  if (adapter.software && forwards === undefined && others.some(({ within }) => within)) {
    lines.push(`Other methods' defaults are made for GPUs; --forwards ${SOFTWARE_SAMPLES} asks for cheaper maps.`);
  }
  const fixed = others.filter(({ within }) => !within).map(({ title }) => title);
  if (forwards !== undefined && fixed.length > 0) lines.push(`--forwards does not change how many images these need: ${fixed.join(", ")}.`);
  for (const { title, note } of others) if (note) lines.push(`${title}: ${note}`);
  return lines;
}

function describe(explanation: Explanation): string[] {
  const { target, samples, passes, shiftedShare, studentAgreement, deviation, reliability, quality } = explanation;
  const { seconds, reconstruction, memory, settings, aborted } = explanation;
  const { total, ...stages } = seconds;
  const rebuilt = reconstruction
    ? [`Reconstruction by the VAE: ${percent(reconstruction.probability)}, label ${reconstruction.keepsLabel ? "kept" : "lost"}`]
    : [];
  const labels =
    shiftedShare === undefined
      ? [`Passes through the classifier: ${describePasses(passes)}${samples > 0 ? ` for ${samples} samples` : ""}`]
      : [`Labels shifted: ${percent(shiftedShare)} of ${samples} synthetic images`];
  const settled = !aborted && settings.until !== undefined && samples < Number(settings.samples);
  const parts = Object.entries(stages).map(([stage, value]) => `${stage} ${value.toFixed(2)}`);
  const batches = settings.batch === undefined ? "" : `, in batches of ${settings.batch}`;
  return [
    `Target: ${target.label} (${target.index}), ${percent(target.probability)}`,
    ...rebuilt,
    ...labels,
    ...(settings.layer ? [`Layer: ${settings.layer}, ${settings.layerSize}`] : []),
    ...(deviation === undefined ? [] : [`Probability over them: standard deviation ${deviation.toFixed(3)}`]),
    ...(reliability === undefined
      ? []
      : [`Another run would agree: ${reliability.toFixed(2)} or more by two halves of them${settled ? ", so no more were drawn" : ""}`]),
    ...(studentAgreement === undefined ? [] : [`Student agrees with the teacher on ${percent(studentAgreement)} of them`]),
    ...(quality ? [`The map is ${quality.sign}: ${quality.reason}`] : []),
    `Seconds: ${total.toFixed(2)} in all; ${parts.join(", ")}`,
    `GPU memory: at most ${megabytes(memory.peak)} of the ${megabytes(memory.budget)} allowed${batches}`,
  ];
}
