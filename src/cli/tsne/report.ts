/** The numbers that `tsne` reports, and the names of its files. */
import { join } from "node:path";
import type { AdapterInfo, ClassScore, Embedding } from "../../faces/all.ts";

/** An image as a point: its place, the teacher's probability of the target, and its first choice. */
export interface TsnePoint {
  x: number;
  y: number;
  probability: number;
  label: "kept" | "shifted";
  choice: string;
}

/** What NAME.tsne.json holds; `tsne --json` prints it without the points. */
export interface TsneReport {
  image: string;
  adapter: AdapterInfo;
  teacher: string;
  target: ClassScore;
  of: Embedding["of"];
  described: string;
  samples: number;
  shiftedShare: number;
  perplexity: number;
  iterations: number;
  rate: number;
  /** In nats. */
  divergence: number;
  settings: Embedding["settings"];
  seconds: Embedding["seconds"] & { page: number };
  files: { page: string; picture: string };
}

export interface TsnePaths {
  page: string;
  picture: string;
  json: string;
}

export function tsnePaths(folder: string, name: string): TsnePaths {
  const start = join(folder, `${name}.tsne`);
  return { page: `${start}.html`, picture: `${start}.png`, json: `${start}.json` };
}

/** `page`: seconds that page and picture took. */
export function makeTsneReport(image: string, adapter: AdapterInfo, embedding: Embedding, page: number): Omit<TsneReport, "files"> {
  const { teacher, target, of, described, samples, shiftedShare, perplexity, iterations, rate, divergence, settings } = embedding;
  return {
    ...{ image, adapter, teacher, target, of, described, samples, shiftedShare, perplexity, iterations, rate, divergence, settings },
    seconds: { ...embedding.seconds, page },
  };
}

export function pointsOf({ points, probabilities, choices, kept }: Embedding, labels: readonly string[]): TsnePoint[] {
  return Array.from(probabilities, (probability, i) => ({
    x: points[2 * i] as number,
    y: points[2 * i + 1] as number,
    probability,
    label: kept[i] === 1 ? "kept" : "shifted",
    choice: labels[choices[i] as number] as string,
  }));
}
