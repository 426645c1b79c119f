/**
 * Compares activations in f16 with those in f32, on Node's WebGPU: logits and first choices of photos and of as many made-up images, and maps of
 * the same seed.
 *
 *     node bin/run.mjs scripts/compare-activations.ts PHOTO... [--model NAME] [--weights FILE] [--maps N] [--samples N]
 *
 * PHOTO: a photo, or a folder of them. Of the first N photos it draws maps by `relabel`. Prints a table: of the logits the largest and the mean
 * difference, and the largest as a share of the image's largest logit; of the maps, where there is something to show, Pearson's correlation and
 * the largest difference as a share of the range of f32's.
 */
import { parseArgs } from "node:util";
import { Noise } from "../bench/noise.ts";
import { describeAdapter } from "../src/cli/command.ts";
import { listPhotos } from "../src/cli/list-photos.ts";
import { locateClassifier } from "../src/cli/locate-classifier.ts";
import { markdownTable } from "../src/cli/markdown-table.ts";
import { notify, printLine } from "../src/cli/print.ts";
import { ProgressBar } from "../src/cli/progress.ts";
import { readPhoto } from "../src/cli/read-photo.ts";
import { openRuntime } from "../src/cli/runtime.ts";
import { pearson } from "../src/explain/rank-correlation.ts";
import type { Photo } from "../src/faces/all.ts";

const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ model: { type: "string" }, weights: { type: "string" } },
    ...{ maps: { type: "string", default: "0" }, samples: { type: "string", default: "250" } },
  },
});
const { signal } = new AbortController();
const located = await locateClassifier(options, signal, notify);
const photos = await listPhotos(positionals, notify);

/** Blocks of colour at random, from grey to glaring. */
function makeUp(seed: number): Photo {
  const [side, block] = [224, 2 ** (2 + (seed % 5))];
  const noise = new Noise(`image ${seed}`, 127 * ((seed % 10) + 1) * 0.1, 128);
  const data = Uint8ClampedArray.from({ length: 4 * side * side }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 4), at % 4];
    const corner = Math.floor(pixel / side / block) * side + Math.floor((pixel % side) / block);
    return channel === 3 ? 255 : noise.at(4 * corner + channel);
  });
  return { width: side, height: side, data };
}

async function answers(activations: "f32" | "f16") {
  const runtime = await openRuntime("node", { ...located.settings, activations, weights: located.weights, tuning: undefined, notify });
  const bar = new ProgressBar();
  const [real, madeUp, maps]: [Float32Array[], Float32Array[], (Float32Array | undefined)[]] = [[], [], []];
  try {
    for (const [at, { path }] of photos.entries()) {
      bar.show(activations, at, photos.length);
      const photo = await readPhoto(path);
      real.push((await runtime.classify(photo, {}, signal)).logits);
      madeUp.push((await runtime.classify(makeUp(at), {}, signal)).logits);
      if (at >= Number(options.maps)) continue;
      maps.push((await runtime.explain(photo, { samples: Number(options.samples) })).map);
    }
    return { adapter: runtime.adapter, real, madeUp, maps };
  } finally {
    bar.stop();
    await runtime.close();
  }
}

const firstChoice = (logits: Float32Array) => logits.indexOf(Math.max(...logits));
const differences = (a: Float32Array, b: Float32Array) => a.map((value, at) => Math.abs(value - (b[at] as number)));

/** A row of the table, of images under both. */
function rowOf(name: string, single: readonly Float32Array[], half: readonly Float32Array[]): string[] {
  const pairs = single.map((logits, at) => ({ logits, errors: differences(logits, half[at] as Float32Array) }));
  const agreeing = single.filter((logits, at) => firstChoice(logits) === firstChoice(half[at] as Float32Array)).length;
  const largest = Math.max(...pairs.map(({ errors }) => Math.max(...errors)));
  const mean = pairs.reduce((sum, { errors }) => sum + errors.reduce((a, b) => a + b, 0) / errors.length, 0) / pairs.length;
  const share = Math.max(...pairs.map(({ logits, errors }) => Math.max(...errors) / Math.max(...logits.map(Math.abs))));
  return [name, `${agreeing} of ${pairs.length}`, largest.toFixed(4), mean.toFixed(4), share.toExponential(1)];
}

const single = await answers("f32");
const half = await answers("f16");
printLine(describeAdapter(single.adapter));
const head = ["images", "same first choice", "logits, largest difference", "mean", "largest as a share"];
printLine(markdownTable(head, [rowOf("photos", single.real, half.real), rowOf("made up", single.madeUp, half.madeUp)]));
const rows = single.maps.flatMap((map, at) => {
  const other = half.maps[at];
  if (!map || !other) return [];
  return { correlation: pearson(map, other), share: Math.max(...differences(map, other)) / (Math.max(...map) - Math.min(...map)) };
});
if (rows.length > 0) {
  const correlations = rows.map(({ correlation }) => correlation).toSorted((a, b) => a - b);
  const median = correlations[correlations.length >> 1] as number;
  printLine(
    `${rows.length} maps of ${options.samples} samples: correlation ${median.toFixed(5)} (median), ${(correlations[0] as number).toFixed(5)} (lowest); ` +
      `largest difference ${Math.max(...rows.map(({ share }) => share)).toFixed(4)} of the range`,
  );
}
