import type { ClassScore } from "../index.ts";
import { describeAdapter, describeClasses, eachPhoto } from "./command.ts";
import type { ClassifyCommandOptions } from "./options.ts";
import { printLine } from "./print.ts";
import { ProgressBar } from "./progress.ts";

/** What `classify --json` prints for an image: the classes under `top5`, or `topN` with --top N. */
type Row = { image: string; logits?: number[] } & Record<`top${number}`, ClassScore[]>;

/** The command `classify`: the likeliest classes of each image. Throws what the session throws. */
export async function classify(images: readonly string[], options: ClassifyCommandOptions, signal: AbortSignal): Promise<void> {
  const { json, top, fit, logits: wantsLogits } = options;
  const rows: Row[] = [];
  const bar = new ProgressBar();
  let introduced = false;
  try {
    await eachPhoto(images, options, signal, async (runtime, image, photo) => {
      const showProgress = () => bar.show("classifying", rows.length, images.length);
      if (json) showProgress();
      const { top5, logits } = await runtime.classify(photo, { fit, top }, signal);
      if (json) {
        rows.push({ image, [`top${top}`]: top5, ...(wantsLogits ? { logits: Array.from(logits) } : {}) });
        showProgress();
        return;
      }
      if (!introduced) printLine(describeAdapter(runtime.adapter));
      introduced = true;
      printLine(`\n${image}, seen by ${runtime.teacher}:`);
      for (const line of describeClasses(top5)) printLine(line);
    });
  } finally {
    bar.stop();
  }
  if (json && rows.length > 0) printLine(JSON.stringify(rows, undefined, 2));
}
