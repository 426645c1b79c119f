import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    long: boolean;
    seed: number;
    writeGolden: boolean;
  }
}

/** Whether this is `npm run test:long`, which runs all of what `npm test` runs a tenth of. Works in both rings. */
export const LONG = inject("long");

/** Seed of everything random in tests: RELABEL_SEED, else always 1 in `npm test` and a new one, which is printed, in `npm run test:long`. */
export const SEED = inject("seed");

/** How many of `total` random cases this run tries: all, or a tenth. */
export const cases = (total: number): number => (LONG ? total : Math.ceil(total / 10));

/** Whether tests of stored numbers store them anew: RELABEL_GOLDEN=1. */
export const WRITE_GOLDEN = inject("writeGolden");
