import { EngineError } from "../engine/errors.ts";
import { INPUT_SIZE } from "../nets/teacher.ts";
import { PIXELS } from "./ranks.ts";

/** A symmetric kernel along one axis, from its centre outwards, applied in both; what lies beyond the photo is 0 or the photo mirrored. */
export interface Blur {
  readonly taps: readonly number[];
  readonly border: "zero" | "mirror";
}

/** What stands in for pixels of the photo, in the teacher's normalised space: 0, which is the mean grey, or the photo blurred. */
export type Substrate = "blank" | Blur;

/** How deletion and insertion are computed. Areas of different protocols are not comparable. */
export interface Protocol {
  readonly name: string;
  /** Whose it is, and what of it is meant. */
  readonly what: string;
  /** Pixels replaced at every point of a curve, from 0 to all. */
  readonly replaced: readonly number[];
  /** What deletion ends with. */
  readonly deletion: Substrate;
  /** What insertion starts from. */
  readonly insertion: Substrate;
}

/** Points `step` pixels apart, and the last. */
function every(step: number): number[] {
  return Array.from({ length: Math.ceil(PIXELS / step) + 1 }, (_, i) => Math.min(i * step, PIXELS));
}

/** Points as far apart as whole pixels allow. */
function inSteps(steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, i) => Math.floor((i * PIXELS) / steps));
}

/**
 * One axis of the kernel of RISE's code: a unit impulse in `size` pixels, filtered by SciPy's Gaussian (cut at 4 sigma, sampled at whole
 * pixels, sum 1), which mirrors it at its edges, edge pixels included. It sums to 1 and is nearly a box.
 */
function confinedGaussian(size: number, sigma: number): number[] {
  const radius = Math.trunc(4 * sigma + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = new Array<number>(size).fill(0);
  const middle = (size - 1) / 2;
  weights.forEach((weight, i) => {
    // Reflection with the edge pixel repeated has the period 2 * size.
    const at = (((middle + i - radius) % (2 * size)) + 2 * size) % (2 * size);
    const place = at < size ? at : 2 * size - 1 - at;
    kernel[place] = (kernel[place] as number) + weight / total;
  });
  return kernel.slice(middle);
}

/** A sampled Gaussian cut off at `size` pixels, sum 1. */
function cutGaussian(size: number, sigma: number): number[] {
  const middle = (size - 1) / 2;
  const half = Array.from({ length: middle + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const total = 2 * half.reduce((sum, weight) => sum + weight, 0) - 1;
  return half.map((weight) => weight / total);
}

function box(size: number): number[] {
  return new Array<number>((size + 1) / 2).fill(1 / size);
}

const RISE_BLUR: Blur = { taps: confinedGaussian(11, 5), border: "zero" };

export const PROTOCOLS: readonly Protocol[] = [
  {
    name: "rise",
    what: "Petsiuk et al. 2018, a line of pixels a step, as in the notebook of its authors that judges one photo",
    ...{ replaced: every(INPUT_SIZE), deletion: "blank", insertion: RISE_BLUR },
  },
  {
    name: "rise-fast",
    what: "the same, eight lines a step, as in its authors' notebook that judges many photos",
    ...{ replaced: every(8 * INPUT_SIZE), deletion: "blank", insertion: RISE_BLUR },
  },
  {
    name: "group-cam",
    what: "Zhang et al. 2021, their code: two lines a step, a blur of 51 pixels, sigma 50, mirrored at the border",
    ...{ replaced: every(2 * INPUT_SIZE), deletion: "blank", insertion: { taps: cutGaussian(51, 50), border: "mirror" } },
  },
  {
    name: "xplique",
    what: "Fel et al. 2022, their library's defaults: 10 steps, both curves between the photo and 0",
    ...{ replaced: inSteps(10), deletion: "blank", insertion: "blank" },
  },
  {
    name: "torch-cam",
    what: "Fernandez 2020, the library's defaults: 20 steps, both curves between the photo and 0",
    ...{ replaced: every(Math.ceil(PIXELS / 20)), deletion: "blank", insertion: "blank" },
  },
  {
    name: "gomez",
    what: "Gomez et al. 2022, their code: 196 steps, a box blur of 45 pixels with zeros beyond the border",
    ...{ replaced: inSteps(196), deletion: "blank", insertion: { taps: box(45), border: "zero" } },
  },
];

/** Throws BAD_OPTION for a name that is none of PROTOCOLS. */
export function findProtocol(name: string): Protocol {
  const protocol = PROTOCOLS.find((candidate) => candidate.name === name);
  if (!protocol) {
    const names = PROTOCOLS.map((candidate) => candidate.name).join(", ");
    throw new EngineError("BAD_OPTION", `There is no protocol "${name}".`, `Choose one of: ${names}.`);
  }
  return protocol;
}
