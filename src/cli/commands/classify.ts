/** Prints what a classifier says of photos, and on request its logits, its layers and where numbers overflow. */
import type { ClassScore, NonFinite } from "../../faces/all.ts";
import { describeAdapter, describeClasses, eachPhoto } from "../command.ts";
import { EXIT_DEGENERATE } from "../errors.ts";
import { forLine } from "../escape.ts";
import type { ClassifyCommandOptions } from "../flags.ts";
import { listPhotos } from "../list-photos.ts";
import { notify, printLine } from "../print.ts";
import { ProgressBar } from "../progress.ts";
import type { Layers } from "../runtime-types.ts";

/** What `classify --json` prints for an image: the classes under `top5`, or `topN` with --top N. */
type Row = { image: string; logits?: number[]; layers?: Layers["layers"]; cam?: string; nonFinite?: NonFinite | null } & Record<
  `top${number}`,
  ClassScore[]
>;

/** The command `classify`: the likeliest classes of each image. Throws what the session throws. */
export async function classify(images: readonly string[], options: ClassifyCommandOptions, signal: AbortSignal): Promise<void> {
  const { json, top, layers, logits: wantsLogits, findNonFinite: searches } = options;
  const photos = await listPhotos(images, notify);
  const rows: Row[] = [];
  const bar = new ProgressBar();
  let introduced = false;
  try {
    await eachPhoto(photos, options, signal, async (runtime, { path: image }, photo) => {
      const showProgress = () => bar.show("classifying", rows.length, photos.length);
      if (json) showProgress();
      const nonFinite = searches ? ((await runtime.findNonFinite(photo, signal)) ?? null) : undefined;
      // Where numbers are not finite there are no classes.
      const { top5, logits } = nonFinite ? { top5: [], logits: [] } : await runtime.classify(photo, { top }, signal);
      if (nonFinite) process.exitCode ??= EXIT_DEGENERATE;
      if (json) {
        const asked = {
          ...(layers ? runtime.layers : {}),
          ...(wantsLogits ? { logits: Array.from(logits) } : {}),
          ...(nonFinite === undefined ? {} : { nonFinite }),
        };
        rows.push({ image, [`top${top}`]: top5, ...asked });
        showProgress();
        return;
      }
      if (!introduced) printLine(describeAdapter(runtime.adapter));
      if (!introduced && layers) for (const line of describeLayers(runtime.layers)) printLine(line);
      introduced = true;
      printLine(`\n${forLine(image)}, seen by ${runtime.teacher}:`);
      if (nonFinite !== undefined) printLine(describeNonFinite(nonFinite));
      for (const line of describeClasses(top5)) printLine(line);
    });
  } finally {
    bar.stop();
  }
  if (json && rows.length > 0) printLine(JSON.stringify(rows, undefined, 2));
}

/** One line a layer: its name and shape. */
function describeLayers({ cam, layers }: Layers): string[] {
  const width = Math.max(...layers.map(({ name }) => name.length));
  const row = ({ name, shape }: Layers["layers"][number]) =>
    `  ${name.padEnd(width)}  ${shape.join(" x ")}${name === cam ? "  (class activation maps)" : ""}`;
  return ["\nLayers, by height x width x channels:", ...layers.map(row)];
}

function describeNonFinite(found: NonFinite | null): string {
  if (!found) return "  All numbers in all layers are finite.";
  const { layer, value, row, column, channel } = found;
  return `  The first layer with a number that is not finite is ${layer}: ${value} at row ${row}, column ${column}, channel ${channel}.`;
}
