/** Finds out which photos of a run still need work, and tells the user why. */
import type { RunPhoto } from "./photos.ts";
import type { Store } from "./store.ts";

/** Of these photos of a run: the ones to evaluate, whether some are left out, and lines on what is kept, what is computed anew, and why. */
export async function recall(
  store: Store,
  photos: readonly RunPhoto[],
): Promise<{ todo: RunPhoto[]; incomplete: boolean; lines: string[] }> {
  const open = photos.filter(({ name }) => store.missing(name).length > 0);
  const todo = open.filter(({ name }) => store.skipReason(name) === undefined);
  const skipped = open.filter(({ name }) => store.skipReason(name) !== undefined);
  const methods = store.run.settings.methods.map(({ name }) => name);
  const reasons = new Map<string, number>();
  let lacking = 0;
  for (const { name } of todo) {
    const missing = store.missing(name);
    for (const method of methods.filter((candidate) => missing.includes(candidate))) {
      lacking++;
      const reason = await store.reason(name, method);
      if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  }
  const total = (photos.length - skipped.length) * methods.length;
  const anew = [...reasons].map(([reason, count]) => `${count} (${reason})`).join(", ");
  const lines = [
    ...(lacking < total || anew
      ? [`Keeping ${total - lacking} of ${total} results${anew ? `; computing anew: ${anew}. Earlier results stay` : ""}.`]
      : []),
    ...(skipped.length > 0
      ? [`Left out again, unchanged since they could not be read: ${skipped.map(({ path }) => path).join(", ")}`]
      : []),
  ];
  return { todo, incomplete: skipped.length > 0, lines };
}
