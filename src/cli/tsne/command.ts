/** Runs `tsne` on photos, and writes a page, a picture and numbers for each. */
import { checkPerplexity, DEFAULT_SAMPLES, type Embedding, type ExplainOptions } from "../../faces/all.ts";
import { describeAdapter, eachPhoto, printReports } from "../command.ts";
import { forLine } from "../escape.ts";
import { type ExplainCommandOptions, explanationSettings } from "../flags.ts";
import { listPhotos } from "../list-photos.ts";
import { Outputs } from "../output-files.ts";
import { notify, printLine } from "../print.ts";
import { ProgressBar, percent } from "../progress.ts";
import { drawPage } from "./page.ts";
import { drawScatter, drawSheet } from "./pictures.ts";
import { makeTsneReport, pointsOf, type TsneReport, tsnePaths } from "./report.ts";

export interface TsneCommandOptions extends ExplainCommandOptions {
  of?: Embedding["of"];
  perplexity?: number;
}

/** The command `tsne`: each photo's synthetic images as points of a plane. Throws what the session throws. */
export async function tsne(images: readonly string[], options: TsneCommandOptions, signal: AbortSignal): Promise<void> {
  const { of, perplexity, ...others } = options;
  const { json, out } = options;
  const [{ method: _, parameters: __, ...chosen }] = explanationSettings(others) as [ExplainOptions];
  const settings = { ...chosen, ...(of ? { of } : {}), ...(perplexity ? { perplexity } : {}) };
  checkPerplexity(Number(settings.samples ?? DEFAULT_SAMPLES), perplexity);
  const photos = await listPhotos(images, notify);
  const outputs = await Outputs.check(photos, (name) => Object.values(tsnePaths(out, name)), options);
  const reports: TsneReport[] = [];
  const bar = new ProgressBar();
  const say = json ? notify : printLine;
  await eachPhoto(photos, options, signal, async (runtime, { path: image, name }, photo) => {
    if (reports.length === 0) say(describeAdapter(runtime.adapter));
    say(`\n${forLine(image)}, seen by ${runtime.teacher}:`);
    let embedding: Embedding;
    try {
      embedding = await runtime.embed(photo, { ...settings, signal, onProgress: (progress) => bar.showExplanation(progress) });
    } finally {
      bar.stop();
    }
    signal.throwIfAborted();

    const began = performance.now();
    const points = pointsOf(embedding, runtime.labels);
    const picture = await drawScatter(points);
    const sheet = await drawSheet(embedding);
    const measured = makeTsneReport(image, runtime.adapter, embedding, (performance.now() - began) / 1000);
    const paths = tsnePaths(out, name);
    const report = { ...measured, files: { page: paths.page, picture: paths.picture } };
    const written = await outputs.write(
      new Map<string, Uint8Array | string>([
        [paths.page, drawPage(measured, points, sheet)],
        [paths.picture, picture],
        [paths.json, `${JSON.stringify({ ...report, points })}\n`],
      ]),
    );
    reports.push(report);
    for (const line of describe(report, written)) say(line);
  });
  if (json) printReports(reports, images, photos);
}

function describe({ target, samples, shiftedShare, described, divergence, seconds }: TsneReport, files: readonly string[]): string[] {
  return [
    `Target: ${target.label} (${target.index}), ${percent(target.probability)}`,
    `Labels shifted: ${percent(shiftedShare)} of ${samples} synthetic images`,
    `t-SNE of ${described}: Kullback-Leibler divergence ${divergence.toFixed(3)}`,
    `Seconds: images ${seconds.draw.toFixed(2)}, t-SNE ${seconds.embed.toFixed(2)}, pictures ${seconds.page.toFixed(2)}`,
    `Files: ${files.join(", ")}`,
  ];
}
