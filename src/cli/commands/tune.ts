/** Finds the fastest kernels for this machine, for all later commands. */
import { savedShare, type TunedLayer, type TuningReport } from "../../faces/all.ts";
import { describeAdapter } from "../command.ts";
import type { SessionCommandOptions } from "../flags.ts";
import { locateClassifier } from "../locate-classifier.ts";
import { notify, printLine } from "../print.ts";
import { ProgressBar, percent } from "../progress.ts";
import { openRuntime } from "../runtime.ts";
import { fileStore } from "../tuning-store.ts";

/**
 * The command `tune`: measures the ways to compute the teacher's dense layers on this adapter, keeps the fastest in the cache folder and
 * prints a table. Throws what the session throws.
 */
export async function tune(options: SessionCommandOptions, signal: AbortSignal): Promise<void> {
  const { batch, memory, precision, activations, runtime: name } = options;
  const { weights, settings } = await locateClassifier(options, signal, notify);
  const runtime = await openRuntime(name, {
    ...{ batch, memory, precision, activations, ...settings },
    ...{ weights, notify, tuning: fileStore(notify) },
  });
  const bar = new ProgressBar();
  try {
    signal.throwIfAborted();
    if (!options.json) printLine(`${describeAdapter(runtime.adapter)}\nTuning ${runtime.teacher}`);
    const report = await runtime.tune({ signal, onProgress: ({ done, total }) => bar.show("tuning", done, total) });
    bar.stop();
    if (options.json) printLine(JSON.stringify({ adapter: runtime.adapter, teacher: runtime.teacher, ...report }, undefined, 2));
    else for (const line of describe(report)) printLine(line);
  } finally {
    bar.stop();
    await runtime.close();
  }
}

/** A table for each batch: layers, their number, the default variant and the winner with milliseconds, and the share of time saved. */
export function describe({ layers, saved }: TuningReport): string[] {
  const batches = [...new Set(layers.map(({ batch }) => batch))];
  const tables = batches.map((batch) => {
    const rows = layers.filter((layer) => layer.batch === batch);
    const total = ["all of them", "", "", milliseconds(rows, "standard"), "", milliseconds(rows, "fastest"), percent(savedShare(rows))];
    return ["", ...align([[`batch ${batch}`, "layers", "default", "ms", "fastest", "ms", "saved"], ...rows.map(cells), total])];
  });
  return [
    ...tables.flat(),
    "",
    `The dense layers take ${percent(saved)} less time than by default${batches.length > 1 ? ", all batches together" : ""}.`,
  ];
}

function cells({ shape, uses, standard, fastest }: TunedLayer): string[] {
  const same = fastest.variant === standard.variant;
  const [before, after] = [standard, fastest].map(({ seconds }) => (seconds * 1000).toFixed(3)) as [string, string];
  const gain = same ? ["", "", ""] : [fastest.variant, after, percent(1 - fastest.seconds / standard.seconds)];
  return [shape, String(uses), standard.variant, before, ...gain];
}

function milliseconds(rows: readonly TunedLayer[], which: "standard" | "fastest"): string {
  return rows.reduce((sum, row) => sum + row.uses * row[which].seconds * 1000, 0).toFixed(3);
}

/** Words to the left, numbers to the right. */
function align(rows: readonly string[][]): string[] {
  const widths = (rows[0] as string[]).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const words = [0, 2, 4];
  return rows.map((row) =>
    row
      .map((cell, column) => (words.includes(column) ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number)))
      .join("  ")
      .trimEnd(),
  );
}
