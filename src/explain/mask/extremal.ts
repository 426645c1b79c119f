/** The method `extremal`, which looks for the part of the photo that is enough for the class. */
import { drawAll } from "../../classify/sampling-loop.ts";
import { EngineError, throwIfAborted } from "../../engine/errors.ts";
import { EXTREMAL } from "../descriptions.ts";
import { checkNumbers } from "../finite-results.ts";
import type { MethodDefinition } from "../method.ts";
import { timeStages } from "../stages.ts";
import { cropMask, MaskSearch } from "./mask-search.ts";

const STAGES = ["pyramid", "optimise", "smooth"];
/** Iterations that an aborted run needs to have a map, at most. */
const MIN_ITERATIONS = 32;
/** The reward does not vary if its range is at most this share of its largest value: some hundred roundings of the teacher. */
const FLAT = 1e-4;

/**
 * Extremal perturbations (Fong, Patrick & Vedaldi 2019) as their authors' code finds them, in the preservation game: of all smooth masks of
 * a given area, the one through which the teacher sees the most of the target, what is outside being blurred.
 */
export const extremal: MethodDefinition<typeof EXTREMAL.parameters> = {
  ...EXTREMAL,
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
        degenerate: flat
          ? `The reward stays at ${most.toPrecision(3)}, whatever is blurred. Choose another class, photo or method, such as grad-cam.`
          : undefined,
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
