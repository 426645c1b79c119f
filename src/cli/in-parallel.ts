/** Works on the items of a list, some at a time. */

/** What `work` makes of each item, in their order; `count` are at work at a time. Rejects with the first error, and begins no item after it. */
export async function inParallel<T, R>(items: readonly T[], count: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const waiting = items.entries();
  let failed = false;
  const lane = async () => {
    for (const [at, item] of waiting) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: count }, lane));
  return results;
}
