import { drawAll } from "../../classify/sampling-loop.ts";
import { EngineError, throwIfAborted } from "../../engine/errors.ts";
import { checkNumbers } from "../finite-results.ts";
import type { MethodDefinition, Parameter } from "../method.ts";
import { timeStages } from "../stages.ts";
import { cropMask, MaskSearch } from "./mask-search.ts";

const PARAMETERS = {
  areas: {
    value: "0.1",
    what: "share of the mask, its margin counting, that is shown; several, such as 0.025,0.05,0.1,0.2, give the sum of masks",
  },
  iterations: { value: 800, low: 1, high: 10_000, whole: true, what: "steps of gradient descent, for each area" },
  reward: { value: "simple", choices: ["simple", "contrastive"], what: "the target's logit, or that less the largest of the others" },
  jitter: {
    value: "flip",
    choices: ["flip", "none"],
    what: "whether every other iteration, from the first on, sees left and right exchanged",
  },
  rate: { value: 0.01, low: 1e-6, high: 10, what: "learning rate" },
  momentum: { value: 0.9, low: 0, high: 0.999, what: "momentum, and dampening of the gradient" },
  weight: { value: 300, low: 0, high: 1e6, what: "weight of the area loss in the first iteration" },
  growth: { value: 1.0035, low: 1, high: 2, what: "factor of that weight from one iteration to the next" },
  blur: { value: 20, low: 0.1, high: 50, what: "deviation, in pixels of 224, of the Gaussian that blurs what is hidden" },
  smooth: {
    value: 0.09,
    low: 0,
    high: 0.25,
    what: "deviation of the Gaussian that smooths the sum of several masks, in sides of the photo",
  },
} as const satisfies Record<string, Parameter>;

const STAGES = ["pyramid", "optimise", "smooth"];
/** Iterations that an aborted run needs to have a map, at most. */
const MIN_ITERATIONS = 32;
/** The reward does not vary where its range is this small beside its largest value: some hundred roundings of the teacher. */
const FLAT = 1e-4;

/**
 * Extremal perturbations (Fong, Patrick & Vedaldi 2019) as their authors' code finds them, in the preservation game: of all smooth masks of
 * a given area, the one through which the teacher sees the most of the target, what is outside being blurred.
 */
export const extremal: MethodDefinition<typeof PARAMETERS> = {
  name: "extremal",
  title: "Extremal perturbations",
  parameters: PARAMETERS,
  within: (forwards) => ({ iterations: Math.max(PARAMETERS.iterations.low, Math.floor(forwards / 2)) }),
  async run(request) {
    const { engine, teacher, settings, signal } = request;
    const { iterations } = settings;
    const areas = readAreas(settings.areas);
    const seconds = timeStages(engine, STAGES);
    const search = await MaskSearch.create(request);
    const found: Float32Array[] = [];
    const total = areas.length * iterations;
    try {
      const drawn = await drawAll(request, {
        ...{ stage: "optimise", total, batch: 1, least: Math.min(MIN_ITERATIONS, Math.ceil(total / 3)) },
        async run(first) {
          throwIfAborted(signal);
          const t = first % iterations;
          if (t === 0 && first > 0) found.push(await search.mask.read());
          await search.step(areas[Math.floor(first / iterations)] as number, t, first === 0);
        },
        preview: async () => search.map([...found, await search.mask.read()]),
      });
      found.push(await search.mask.read());
      const [last, least, most, first] = (await search.record.read()) as unknown as [number, number, number, number];
      checkNumbers(extremal.title, { "last reward": last, "least reward": least, "largest reward": most });
      const flat = most - least <= FLAT * Math.max(Math.abs(least), Math.abs(most));
      const map = flat ? undefined : await search.map(found);
      await engine.finish();
      const shares = found.map((mask) => meanOf(cropMask(mask, teacher.input)).toFixed(4));
      return {
        ...{ map, aborted: drawn < total, samples: drawn, passes: { forward: drawn, backward: drawn } },
        degenerate: flat ? `The reward stays at ${most.toPrecision(3)}, whatever is blurred. Choose another class or photo.` : undefined,
        facts: { reachedAreas: shares.join(","), firstReward: first, lastReward: last, leastReward: least, mostReward: most },
        seconds: seconds(),
      };
    } finally {
      search.dispose();
    }
  },
};

/** Throws BAD_OPTION. */
function readAreas(text: string): number[] {
  const areas = text.split(",").map(Number);
  if (areas.every((area) => area >= 0.001 && area <= 0.999) && areas.length <= 16) return areas;
  throw new EngineError(
    "BAD_OPTION",
    `The parameter "areas" of ${extremal.title} is ${text}.`,
    "Give up to 16 numbers from 0.001 to 0.999, with commas between.",
  );
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
