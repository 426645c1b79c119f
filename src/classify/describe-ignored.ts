/** Says what of a file of weights a classifier does not use. */
import { printable } from "../engine/printable.ts";

/** PyTorch's batch norms count their batches, which no inference needs. */
export const COUNTER = /(?:^|\.)num_batches_tracked$/;

/** One line on what of a file is not used; undefined where all is. */
export function describeIgnored(ignored: readonly string[]): string | undefined {
  const tensors = ignored.filter((name) => !COUNTER.test(name));
  const example = `"${printable(tensors[0] ?? "")}"`;
  if (tensors.length === 0) return undefined;
  return `Not used: ${tensors.length === 1 ? `the tensor ${example}` : `${tensors.length} tensors, such as ${example}`}, outside of the net.`;
}
