import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { parse } from "valibot";
import type { NewResult } from "../../src/cli/evaluation/record.ts";
import { YARDSTICKS } from "../../src/cli/evaluation/run.ts";
import { type Run, run as runSchema } from "../../src/cli/evaluation/schemas.ts";
import { RUN, Store } from "../../src/cli/evaluation/store.ts";
import { asJson } from "../../src/cli/json-file.ts";
import { MARK_EXIF } from "../../src/cli/mark.ts";
import { Outputs } from "../../src/cli/output-files.ts";
import { type CausalScores, CLASSES, METHODS, RESULTS } from "../../src/faces/all.ts";
import { Random } from "./random.ts";

/** Points of a curve, as `rise-fast` has them. */
const POINTS = 29;
const PIXELS = 224 ** 2;
const GRIDS = ["random grid", "centred Gaussian", "edges"];

export interface Simulation {
  readonly folder: string;
  readonly photos: number;
  readonly methods?: readonly string[];
  /** The first classes of ImageNet; the photos take turns. All by default. */
  readonly classes?: number;
  /** Whether maps have pictures: small ones, the same for all photos. */
  readonly pictures?: boolean;
  readonly onPhoto?: (done: number) => void;
}

/**
 * Writes a folder of results as `evaluate` does, with invented numbers: a photo has a difficulty, a method a strength. A map in 200 is missing, one
 * in 2,000 failed, and a photo in 500 is left out. The same arguments make the same folder.
 */
export async function simulateRun({ folder, photos, onPhoto, ...more }: Simulation): Promise<Run> {
  const { methods = METHODS.map(({ name }) => name), classes = CLASSES.length, pictures = false } = more;
  const run = describe(photos, methods);
  await mkdir(folder, { recursive: true });
  const store = await Store.read(folder, run);
  const outputs = await Outputs.checkPaths([], [], { out: folder });
  await outputs.write(new Map([[join(folder, RUN), asJson(run)]]));
  const writer = store.writing(outputs);
  const drawn = pictures ? await Promise.all([...methods.keys(), -1].map(draw)) : [];
  const random = new Random(1);
  for (const [at, { name }] of run.photos.entries()) {
    const image = `/data/imagenet/val/${name}.JPEG`;
    if (at % 500 === 499) await writer.skip(name, image, `${image} is not an image that can be read.`);
    else {
      const target = { index: at % classes, label: CLASSES[at % classes] as string, probability: 0.3 + 0.7 * random.next() };
      await writer.add(name, image, invent(random, target, methods, drawn));
    }
    onPhoto?.(at + 1);
  }
  return run;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function describe(photos: number, methods: readonly string[]): Run {
  return parse(runSchema, {
    ...{ format: 2, results: RESULTS, weights: { teacher: [sha256("weights")] }, shard: { index: 0, count: 1 } },
    normalisation: { mean: [0.498, 0.498, 0.498], deviation: [0.502, 0.502, 0.502] },
    settings: {
      ...{ teacher: "efficientnet-lite0", precision: "f32", fit: "crop", target: null, seed: 0, protocol: "rise-fast" },
      metrics: ["causal"],
      methods: methods.map((name) => ({ name, decodes: false, settings: { forwards: 1000 } })),
    },
    photos: Array.from({ length: photos }, (_, at) => {
      const name = `ILSVRC2012_val_${String(at + 1).padStart(8, "0")}`;
      return { name, sha256: sha256(name) };
    }),
  });
}

/** All results of a photo, the yardsticks first. */
function invent(random: Random, target: NewResult["target"], methods: readonly string[], pictures: readonly Uint8Array[]): NewResult[] {
  const shared = { adapter: { vendor: "simulated", architecture: "", description: "", software: true }, target };
  const ease = random.next();
  /** From nothing, 0, to a perfect map, 1. */
  const scores = (strength: number): CausalScores => {
    const curve = (rate: number) => {
      const probabilities = Array.from({ length: POINTS }, (_, i) => target.probability * Math.exp((-rate * i) / (POINTS - 1)));
      return { probabilities, area: probabilities.reduce((sum, value) => sum + value, 0) / POINTS };
    };
    const quality = strength * ease + 0.3 * random.next();
    const [deletion, insertion] = [curve(8 * quality), curve(2 * (1 - quality))];
    return { deletion, insertion, difference: insertion.area - deletion.area };
  };
  const maps = Object.fromEntries(GRIDS.map((name, at) => [name, { causal: scores(0.1 * at) }]));
  const replaced = Array.from({ length: POINTS }, (_, i) => Math.round((i * PIXELS) / (POINTS - 1)));
  const evaluation = {
    ...{ teacher: "efficientnet-lite0", target: target.index, seed: 0, maps, forward: 90, seconds: 1 },
    causal: { protocol: "rise-fast", replaced, ends: { original: target.probability, blank: 0.001, blurred: 0.3 * target.probability } },
  };
  const results: NewResult[] = [{ ...shared, method: YARDSTICKS, evaluation, picture: pictures.at(-1) }];
  for (const [at, name] of methods.entries()) {
    const explained = { name, title: METHODS.find((method) => method.name === name)?.title ?? name };
    const [draw, cost] = [random.next(), { passes: { forward: 1000, backward: 0 }, seconds: 1 + random.next() }];
    if (draw < 1 / 2000) {
      const failure = { degenerate: "Too little memory. Give more.", failed: true, passes: { forward: 0, backward: 0 }, seconds: 0 };
      results.push({ ...shared, method: name, explained: { ...explained, ...failure }, failed: true });
    } else if (draw < 1 / 200) {
      results.push({ ...shared, method: name, explained: { ...explained, degenerate: "The probability hardly varies.", ...cost } });
    } else {
      const strength = 0.3 + (0.5 * (at + 1)) / methods.length;
      results.push({
        ...{ ...shared, method: name, explained: { ...explained, ...cost } },
        ...{ scores: { causal: scores(strength) }, picture: pictures[at] },
      });
    }
  }
  return results;
}

/** A blob, at a place and in a colour for each method; -1: a plain ground. */
async function draw(at: number): Promise<Uint8Array> {
  const blob = `<circle cx="${60 + ((at * 37) % 100)}" cy="${60 + ((at * 53) % 100)}" r="60" fill="hsl(${at * 40} 80% 55%)" opacity="${at < 0 ? 0 : 0.8}"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="224" height="224"><rect width="224" height="224" fill="#778"/>${blob}</svg>`;
  return sharp(Buffer.from(svg)).webp({ quality: 60 }).withExif(MARK_EXIF).toBuffer();
}
