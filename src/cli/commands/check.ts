/** Runs the sanity checks of src/evaluate on photos, and writes their tables. */
import { join } from "node:path";
import { type Check, type CheckReport, findMethod } from "../../faces/all.ts";
import { describeAdapter, eachPhoto, printReports } from "../command.ts";
import { EXIT_DEGENERATE } from "../errors.ts";
import { forLine, forMarkdown } from "../escape.ts";
import { type ExplainCommandOptions, explanationSettings } from "../flags.ts";
import { asJson } from "../json-file.ts";
import { listPhotos } from "../list-photos.ts";
import { markdownTable } from "../markdown-table.ts";
import { Outputs } from "../output-files.ts";
import { notify, printLine } from "../print.ts";
import { ProgressBar } from "../progress.ts";

export interface CheckCommandOptions extends ExplainCommandOptions {
  checks: readonly Check[];
  modules?: number;
  seeds: number;
  neighbours: number;
}

const DECIMALS = 3;

/** The command `check`: whether a method's map of each photo depends on the classifier, on the seed and on noise. Throws what the session throws. */
export async function check(images: readonly string[], options: CheckCommandOptions, signal: AbortSignal): Promise<void> {
  const { checks, modules, seeds, neighbours, ...explaining } = options;
  const plan = explanationSettings(explaining);
  const { json, out } = options;
  const pathsOf = (name: string) => [".md", ".json"].map((ending) => join(out, `${name}.check${ending}`));
  const photos = await listPhotos(images, notify);
  const outputs = await Outputs.check(photos, pathsOf, options);
  const say = json ? notify : printLine;
  const bar = new ProgressBar();
  const all: object[] = [];
  await eachPhoto(photos, options, signal, async (runtime, { path: image, name }, given) => {
    if (all.length === 0) say(describeAdapter(runtime.adapter));
    say(`\n${forLine(image)}, seen by ${runtime.teacher}:`);
    const photo = await runtime.open(given, signal);
    const reports: CheckReport[] = [];
    for (const { onProgress: _, profile: __, ...settings } of plan) {
      const title = plan.length > 1 ? `${findMethod(settings.method as string).title}: ` : "";
      const follow = ({ check = "explaining", done, total }: { check?: string | undefined; done: number; total: number }) =>
        bar.show(`${title}checking`, done, total, { note: ` | ${check}` });
      reports.push(await runtime.check(photo, { ...settings, checks, modules, seeds, neighbours, signal, onProgress: follow }));
      bar.stop();
      signal.throwIfAborted();
    }
    const report = { image, adapter: runtime.adapter, reports };
    const markdown = describe(reports);
    const [table, json] = pathsOf(name) as [string, string];
    const contents = new Map([
      [table, `${markdown}\n`],
      [json, asJson(report)],
    ]);
    const written = await outputs.write(contents);
    all.push(report);
    say(`\n${markdown}\n\nFiles: ${written.join(", ")}`);
    if (reports.some(({ degenerate }) => degenerate !== undefined)) process.exitCode ??= EXIT_DEGENERATE;
  }).finally(() => bar.stop());
  if (json) printReports(all, images, photos);
}

/** What was found of one photo, a column a method; what was not asked for is left out. */
function describe(reports: readonly CheckReport[]): string {
  const [{ target }] = reports as [CheckReport];
  const head = reports.map(({ title }) => title);
  const parts = [`Target: ${forMarkdown(target.label)} (${target.index}).`];
  for (const { title, degenerate } of reports)
    if (degenerate !== undefined) parts.push(forMarkdown(`${title}: no map, and nothing to check. ${degenerate}`));
  const layers = reports.find(({ randomisation }) => randomisation)?.randomisation ?? [];
  if (layers.length > 0) {
    const rows = layers.map(({ modules }, step) => [
      modules.join(", "),
      ...reports.map(({ randomisation }) => correlations(randomisation?.[step])),
    ]);
    parts.push(
      "Spearman's correlation with the original map, and in brackets of absolute values, as modules become random from the class scores down" +
        (reports.some(({ randomisation }) => randomisation?.some(({ ownChoice }) => ownChoice))
          ? " (*: of the random classifier's own first choice, since it has no map of the target):"
          : ":"),
      markdownTable(["random from here up", ...head], rows),
    );
  }
  const others = [
    ["correlation of maps by other seeds, mean", ...reports.map(({ seeds }) => decimal(seeds?.mean))],
    ["the same, lowest", ...reports.map(({ seeds }) => decimal(seeds?.lowest))],
    ["max-sensitivity to noise", ...reports.map(({ sensitivity }) => decimal(sensitivity?.largest))],
    ["explanations", ...reports.map(({ explanations }) => String(explanations))],
    ["seconds", ...reports.map(({ seconds }) => seconds.toFixed(1))],
  ];
  parts.push(
    markdownTable(
      ["", ...head],
      others.filter(([, ...cells]) => cells.some((cell) => cell !== "-")),
    ),
  );
  return parts.join("\n\n");
}

function correlations(layer: NonNullable<CheckReport["randomisation"]>[number] | undefined): string {
  if (layer?.spearman === undefined) return "no map";
  return `${layer.ownChoice ? "*" : ""}${decimal(layer.spearman)} (${decimal(layer.absolute)})`;
}

function decimal(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(DECIMALS);
}
