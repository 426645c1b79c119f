/** The method `lime`, which hides segments at random and fits a linear model to the answers. */
import type { Teacher } from "../../classify/teacher.ts";
import { pcg4d } from "../../engine/random.ts";
import { normalisedColour, pixelUnit, sizeConstants } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { LIME } from "../descriptions.ts";
import type { MethodDefinition, MethodRequest, SettledParameters } from "../method.ts";
import { nothingToShow, perturb } from "./perturbation.ts";
import { fitRidge } from "./ridge.ts";
import { pauses, quickshift, type Segmentation, slic } from "./superpixels.ts";

/** Stream of the bits that keep a segment; lime_images.wgsl draws the same. */
const STREAM_SEGMENTS = 7;

type Settings = SettledParameters<typeof LIME.parameters> & { seed: number };

/**
 * LIME for images (Ribeiro et al. 2016) as its authors' code does it: segments are hidden at random, each under its mean colour, and a
 * weighted ridge regression of the target's probability on what is kept gives every segment's coefficient, which is the map.
 */
export const lime: MethodDefinition<typeof LIME.parameters> = {
  ...LIME,
  async run(request) {
    const { engine, teacher, settings } = request;
    const { height, width } = teacher.input;
    const began = performance.now();
    const pixels = await request.scene.crop.read();
    const { labels: segments, count } = await segment(request, pixels);
    const seconds = (performance.now() - began) / 1000;
    if (count === 1) return nothingToShow("The whole photo is one segment: nothing to compare. Choose the segmentation slic.");
    const map = engine.tensor("segments", [height, width], segments);
    const colours = engine.tensor("mean colours", [count, 4], meanColours(pixels, segments, count, teacher));
    try {
      const result = await perturb(request, {
        images: settings.samples,
        keepsLabels: true,
        draw(plan, batch, photo, images) {
          const draw = plan.dispatch(kernels.limeImages, {
            bindings: { photo, segments: map, colours, out: images },
            uniforms: { samples: batch, first_sample: 0, seed: settings.seed },
            threads: [width, height, batch],
            constants: sizeConstants(teacher.input),
            flops: batch * height * width * 40,
          });
          return (compiled, first) => compiled.set(draw, { first_sample: first });
        },
        async map(drawn, labels) {
          const probabilities = (await labels.read(drawn * 4)).filter((_, i) => i % 4 === 0);
          const coefficients = explainSegments(probabilities, count, settings);
          return Float32Array.from(segments, (index) => coefficients[index] as number);
        },
      });
      return { ...result, facts: { ...result.facts, segmentsFound: count }, seconds: { segment: seconds, ...result.seconds } };
    } finally {
      map.dispose();
      colours.dispose();
    }
  },
};

async function segment({ teacher, settings, signal, onProgress }: MethodRequest<Settings>, pixels: Float32Array): Promise<Segmentation> {
  const report = (done: number) => onProgress?.({ stage: "segment", done, total: 1 });
  const pause = pauses(signal, report);
  report(0);
  const run = settings.segmentation === "slic" ? slic : quickshift;
  const unit = pixelUnit(teacher.input);
  const scaled = { ...settings, kernel: settings.kernel * unit, distance: settings.distance * unit };
  const found = await run(pixels, teacher.input, scaled, pause);
  report(1);
  return found;
}

/** As the teacher sees colours: normalised, count x 4, the fourth 0. */
function meanColours(pixels: Float32Array, segments: Uint32Array, count: number, { input }: Teacher): Float32Array {
  const sums = new Float64Array(count * 4);
  segments.forEach((index, at) => {
    for (let channel = 0; channel < 3; channel++) {
      const place = 4 * index + channel;
      sums[place] = (sums[place] as number) + (pixels[4 * at + channel] as number);
    }
    sums[4 * index + 3] = (sums[4 * index + 3] as number) + 1;
  });
  const colours = new Float32Array(count * 4);
  for (let at = 0; at < colours.length; at += 4) {
    const [red, green, blue, pixels] = sums.subarray(at, at + 4) as unknown as [number, number, number, number];
    colours.set(normalisedColour(input, [red / pixels, green / pixels, blue / pixels]), at);
  }
  return colours;
}

/** The segments' coefficients in the linear model of the samples' probabilities. */
function explainSegments(probabilities: Float32Array, count: number, { seed, width, alpha }: Settings): Float64Array {
  const kept = Array.from(probabilities, (_, sample) => keptSegments(seed, sample, count));
  const weights = kept.map((row) => {
    // Cosine distance from all ones; of a photo without any segment it is 1.
    const distance = 1 - Math.sqrt(row.reduce((sum, bit) => sum + bit, 0) / count);
    return Math.sqrt(Math.exp(-(distance ** 2) / width ** 2));
  });
  return fitRidge(kept, probabilities, weights, alpha);
}

/** 1 for every segment that the sample keeps, 0 for the others. */
export function keptSegments(seed: number, sample: number, count: number): Uint8Array {
  const kept = new Uint8Array(count).fill(1);
  if (sample === 0) return kept;
  for (let at = 0; at < count; at += 4)
    kept.set(
      pcg4d(seed, STREAM_SEGMENTS, sample, at / 4)
        .map((bits) => bits >>> 31)
        .slice(0, count - at),
      at,
    );
  return kept;
}
