/** Says in words what an adapter reaches at best, for profiles and benchmarks. */
import type { Ceilings } from "./ceilings.ts";

/** Ceilings of a report; those of earlier versions have no more than these two. */
export type ReportedCeilings = Pick<Ceilings, "gflops" | "gigabytes"> & Partial<Ceilings>;

/** Every ceiling with its unit, in one line. */
export function describeCeilings({ gflops, gflopsF16, gopsDot4, gigabytes, read, write }: ReportedCeilings): string {
  const say = (value: number | undefined, what: string) => (value === undefined ? [] : [`${Number(value.toPrecision(3))} ${what}`]);
  const arithmetic = [
    ...say(gflops, "GFLOP/s of f32 multiply-adds in registers"),
    ...say(gflopsF16, "GFLOP/s in f16"),
    ...say(gopsDot4, "GOP/s of packed 8-bit dot products"),
  ];
  const memory = [...say(gigabytes, "GB/s of a copy"), ...say(read, "of reading"), ...say(write, "of writing")];
  return `${arithmetic.join(", ")}; ${memory.join(", ")}`;
}
