/** Fits the batch to the number of samples. */
import type { BatchOption } from "../../classify/batch.ts";
import type { Settings } from "../explain-options.ts";

/** The batch, no larger than the number of samples. */
export function relabelBatch({ most, exact }: BatchOption, { samples }: Settings): BatchOption {
  return { most: Math.min(most, samples), exact };
}
