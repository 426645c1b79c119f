/** The published ways to compute deletion and insertion, which differ in steps and in what replaces pixels. */
import { EngineError } from "../engine/errors.ts";
import { type InputSpec, pixelUnit } from "../nets/input-spec.ts";

/** What lies beyond the photo: 0, the photo mirrored, or its outermost pixels. The places are the kernel's numbers of them. */
export const BORDERS = ["zero", "mirror", "repeat"] as const;

/** A symmetric kernel along one axis, from its centre outwards, applied in both. */
export interface Blur {
  readonly taps: readonly number[];
  readonly border: (typeof BORDERS)[number];
}

/** What stands in for pixels of the photo, in the teacher's normalised space: 0, which is the mean grey, or the photo blurred as its size asks. */
export type Substrate = "blank" | ((input: InputSpec) => Blur);

/**
 * How deletion and insertion are computed. Areas of different protocols are not comparable. What a protocol has in pixels is meant for
 * 224 x 224; for other inputs a step is the same share of the pixels, rounded up to whole ones, and a blur is as wide in proportion.
 */
export interface Protocol {
  readonly name: string;
  /** Who published it, and which variant this is. */
  readonly what: string;
  /** Pixels replaced at every point of a curve, rising from 0 to all. */
  readonly replaced: (input: InputSpec) => readonly number[];
  /** What deletion ends with. */
  readonly deletion: "blank";
  /** What insertion starts from. */
  readonly insertion: Substrate;
}

type Points = Protocol["replaced"];

/** A step is count / whole of the pixels, rounded up to whole pixels; the last one is what is left. */
function every(count: number, whole: number): Points {
  return ({ height, width }) => {
    const pixels = height * width;
    const step = Math.ceil((count * pixels) / whole);
    return Array.from({ length: Math.ceil(pixels / step) + 1 }, (_, i) => Math.min(i * step, pixels));
  };
}

/** Steps as equal as whole pixels allow; fewer where there are not as many pixels. */
function inSteps(steps: number): Points {
  return ({ height, width }) => [...new Set(Array.from({ length: steps + 1 }, (_, i) => Math.floor((i * height * width) / steps)))];
}

/** How far a kernel reaches to either side of its centre, given in pixels of 224, in whole pixels of the input: one at least. */
function reachOf(pixels: number, input: InputSpec): number {
  return Math.max(1, Math.round(pixels * pixelUnit(input)));
}

/**
 * One axis of the kernel of RISE's code: a unit impulse in 2 * reach + 1 pixels, filtered by SciPy's Gaussian (cut at 4 sigma, sampled at whole
 * pixels, sum 1), which mirrors it at its edges, edge pixels included. It sums to 1 and is nearly a box.
 */
function confinedGaussian(reach: number, sigma: number): number[] {
  const size = 2 * reach + 1;
  const radius = Math.trunc(4 * sigma + 0.5);
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const kernel = new Array<number>(size).fill(0);
  weights.forEach((weight, i) => {
    // Reflection with the edge pixel repeated has the period 2 * size.
    const at = (((reach + i - radius) % (2 * size)) + 2 * size) % (2 * size);
    const place = at < size ? at : 2 * size - 1 - at;
    kernel[place] = (kernel[place] as number) + weight / total;
  });
  return kernel.slice(reach);
}

/** A sampled Gaussian cut off beyond `reach` pixels, sum 1. */
function cutGaussian(reach: number, sigma: number): number[] {
  const half = Array.from({ length: reach + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const total = 2 * half.reduce((sum, weight) => sum + weight, 0) - 1;
  return half.map((weight) => weight / total);
}

function box(reach: number): number[] {
  return new Array<number>(reach + 1).fill(1 / (2 * reach + 1));
}

/** The 11 x 11 kernel of RISE's code. */
export const riseBlur = (input: InputSpec): Blur => ({ taps: confinedGaussian(reachOf(5, input), 5 * pixelUnit(input)), border: "zero" });
const groupCamBlur = (input: InputSpec): Blur => ({ taps: cutGaussian(reachOf(25, input), 50 * pixelUnit(input)), border: "mirror" });
const gomezBlur = (input: InputSpec): Blur => ({ taps: box(reachOf(22, input)), border: "zero" });

/** A Gaussian of 24 pixels of 224, cut off at 3 sigma: only the largest forms are left. */
export const strongBlur = (input: InputSpec): Blur => {
  const sigma = 24 * pixelUnit(input);
  return { taps: cutGaussian(Math.ceil(3 * sigma), sigma), border: "repeat" };
};

/** The protocols of deletion and insertion that are known by name. */
export const PROTOCOLS: readonly Protocol[] = [
  {
    name: "rise",
    what: "Petsiuk et al. 2018, a line of pixels a step, as in the notebook of its authors that judges one photo",
    ...{ replaced: every(1, 224), deletion: "blank", insertion: riseBlur },
  },
  {
    name: "rise-fast",
    what: "the same, eight lines a step, as in its authors' notebook that judges many photos",
    ...{ replaced: every(8, 224), deletion: "blank", insertion: riseBlur },
  },
  {
    name: "group-cam",
    what: "Zhang et al. 2021, their code: two lines a step, a blur of 51 pixels, sigma 50, mirrored at the border",
    ...{ replaced: every(2, 224), deletion: "blank", insertion: groupCamBlur },
  },
  {
    name: "xplique",
    what: "Fel et al. 2022, their library's defaults: 10 steps, both curves between the photo and 0",
    ...{ replaced: inSteps(10), deletion: "blank", insertion: "blank" },
  },
  {
    name: "torch-cam",
    what: "Fernandez 2020, the library's defaults: 20 steps, both curves between the photo and 0",
    ...{ replaced: every(1, 20), deletion: "blank", insertion: "blank" },
  },
  {
    name: "gomez",
    what: "Gomez et al. 2022, their code: 196 steps, a box blur of 45 pixels with zeros beyond the border",
    ...{ replaced: inSteps(196), deletion: "blank", insertion: gomezBlur },
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
