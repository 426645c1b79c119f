/** Tells whether a path leads to one of many files, by the numbers that the file system gives them. */
import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";

/** Paths of files, which need not be in memory all at once. */
export type Paths = Iterable<string> | AsyncIterable<string>;

/** Files by device and number: 8 bytes a file. */
export class FileNumbers {
  /** Sorted, by device. Bigints: NTFS's numbers are larger than 2^53. */
  readonly #numbers: ReadonlyMap<bigint, BigUint64Array>;

  private constructor(numbers: ReadonlyMap<bigint, BigUint64Array>) {
    this.#numbers = numbers;
  }

  /** Those of the files that there are at these paths. */
  static async of(paths: Paths): Promise<FileNumbers> {
    const lists = new Map<bigint, { numbers: BigUint64Array; count: number }>();
    for await (const path of paths) {
      const facts = await stat(path, { bigint: true }).catch(() => undefined);
      if (!facts) continue;
      const list = lists.get(facts.dev) ?? { numbers: new BigUint64Array(16), count: 0 };
      if (list.count === list.numbers.length) {
        const longer = new BigUint64Array(2 * list.count);
        longer.set(list.numbers);
        list.numbers = longer;
      }
      list.numbers[list.count++] = facts.ino;
      lists.set(facts.dev, list);
    }
    return new FileNumbers(new Map([...lists].map(([device, { numbers, count }]) => [device, numbers.slice(0, count).sort()])));
  }

  has({ dev, ino }: BigIntStats): boolean {
    const numbers = this.#numbers.get(dev) ?? new BigUint64Array();
    let [low, high] = [0, numbers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((numbers[middle] as bigint) < ino) low = middle + 1;
      else high = middle;
    }
    return numbers[low] === ino;
  }
}
