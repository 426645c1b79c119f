import type { BatchOption } from "../../classify/batch.ts";
import type { Settings } from "../explain-options.ts";

/** No batch is larger than all samples. */
export function relabelBatch({ most, exact }: BatchOption, { samples }: Settings): BatchOption {
  return { most: Math.min(most, samples), exact };
}
