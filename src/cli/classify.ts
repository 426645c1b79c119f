import type { ClassScore, NonFinite } from "../index.ts";
import { describeAdapter, describeClasses, eachPhoto } from "./command.ts";
import { EXIT_DEGENERATE } from "./errors.ts";
import type { ClassifyCommandOptions } from "./options.ts";
import { printLine } from "./print.ts";
import { ProgressBar } from "./progress.ts";

/** What `classify --json` prints for an image: the classes under `top5`, or `topN` with --top N. */
type Row = { image: string; logits?: number[]; nonFinite?: NonFinite | null } & Record<`top${number}`, ClassScore[]>;

/** The command `classify`: the likeliest classes of each image. Throws what the session throws. */
export async function classify(images: readonly string[], options: ClassifyCommandOptions, signal: AbortSignal): Promise<void> {
  const { json, top, fit, logits: wantsLogits, findNonFinite: searches } = options;
  const rows: Row[] = [];
  const bar = new ProgressBar();
  let introduced = false;
  try {
    await eachPhoto(images, options, signal, async (runtime, image, photo) => {
      const showProgress = () => bar.show("classifying", rows.length, images.length);
      if (json) showProgress();
      const nonFinite = searches ? ((await runtime.findNonFinite(photo, { fit }, signal)) ?? null) : undefined;
      // Where numbers are not finite there are no classes.
      const { top5, logits } = nonFinite ? { top5: [], logits: [] } : await runtime.classify(photo, { fit, top }, signal);
      if (nonFinite) process.exitCode ??= EXIT_DEGENERATE;
      if (json) {
        const asked = { ...(wantsLogits ? { logits: Array.from(logits) } : {}), ...(nonFinite === undefined ? {} : { nonFinite }) };
        rows.push({ image, [`top${top}`]: top5, ...asked });
        showProgress();
        return;
      }
      if (!introduced) printLine(describeAdapter(runtime.adapter));
      introduced = true;
      printLine(`\n${image}, seen by ${runtime.teacher}:`);
      if (nonFinite !== undefined) printLine(describeNonFinite(nonFinite));
      for (const line of describeClasses(top5)) printLine(line);
    });
  } finally {
    bar.stop();
  }
  if (json && rows.length > 0) printLine(JSON.stringify(rows, undefined, 2));
}

function describeNonFinite(found: NonFinite | null): string {
  if (!found) return "  All numbers in all layers are finite.";
  const { layer, value, row, column, channel } = found;
  return `  The first layer with a number that is not finite is ${layer}: ${value} at row ${row}, column ${column}, channel ${channel}.`;
}
