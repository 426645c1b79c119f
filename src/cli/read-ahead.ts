/** Works through long lists in order, a few items at a time. */

/** Items under way at a time: enough to keep a disk busy, and few enough to fit in memory. */
const AHEAD = 8;

/** What `read` makes of every item, in order. Throws what `read` throws, once it is the item's turn. */
export async function* readAhead<T, R>(items: Iterable<T>, read: (item: T) => Promise<R>): AsyncGenerator<R> {
  const waiting: Promise<R>[] = [];
  for (const item of items) {
    const result = read(item);
    // It is awaited below; until then Node would end the process.
    result.catch(() => {});
    waiting.push(result);
    if (waiting.length === AHEAD) yield waiting.shift() as Promise<R>;
  }
  yield* waiting;
}
