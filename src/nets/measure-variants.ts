/** Times the ways to compute a net's dense layers on this adapter, for `tune`. */
import { groupRuns, passSeconds } from "../engine/clock.ts";
import type { Engine } from "../engine/engine.ts";
import { throwIfAborted } from "../engine/errors.ts";
import { type Plan, PlanBuilder } from "../engine/plan.ts";
import { Stopwatch } from "../engine/stopwatch.ts";
import type { Tensor } from "../engine/tensor.ts";
import { isTooLarge, standardVariant, tryTransform, variantsFor } from "../ops/dense/dense.ts";
import { choiceKey, type DenseLayer, type DenseTensors, shapeKey, type Variant } from "../ops/dense/dense-layer.ts";
import type { PackedWeights, Precision } from "../ops/packed-weights.ts";
import { type Entrant, race, type Timing } from "./fastest.ts";

/** A dense layer for one batch with its weights, as a net has it. */
export interface TunableLayer {
  readonly layer: DenseLayer;
  readonly weights: PackedWeights;
  readonly precision: Precision;
  /** How the net keeps values between layers. */
  readonly activations: Precision;
}

/** What was measured of a dense layer's shape. */
export interface TunedLayer {
  /** Kernel and stride, size of input and output, channels, precision of the weights: "3x3/1 56x56>56x56 64>64 f32"; see `shapeKey`. */
  shape: string;
  batch: number;
  /** How many layers of the net are of this shape. */
  uses: number;
  /** The variant that untuned nets take. */
  standard: Timing;
  /** The standard one, too, where no other is clearly faster. */
  fastest: Timing;
}

export interface MeasureOptions {
  signal?: AbortSignal | undefined;
  /** Hears how many of the distinct layers have been measured. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
}

/** A timed pass holds enough runs to last this long, and longer where the clock is coarse. */
const PASS_SECONDS = 0.01;
/** The shortest kernels take about 1 us on a fast GPU. */
const MOST_RUNS = 1 << 14;

/**
 * Measures every way to compute every distinct layer on the engine's adapter. A variant that exceeds the memory or the adapter's limits is
 * left out, and so is a layer whose standard variant does. Throws ABORTED, DEVICE_LOST.
 */
export async function measureVariants(
  engine: Engine,
  layers: readonly TunableLayer[],
  { signal, onProgress }: MeasureOptions = {},
): Promise<TunedLayer[]> {
  const distinct = new Map<string, { one: TunableLayer; shape: string; uses: number }>();
  for (const one of layers) {
    const shape = shapeKey(one.layer, one.precision, one.activations);
    const key = choiceKey(shape, one.layer.batch);
    distinct.set(key, { one, shape, uses: (distinct.get(key)?.uses ?? 0) + 1 });
  }
  const tuned: TunedLayer[] = [];
  const stopwatch = new Stopwatch(engine);
  try {
    let done = 0;
    for (const { one, shape, uses } of distinct.values()) {
      throwIfAborted(signal);
      onProgress?.({ done: done++, total: distinct.size });
      const found = await measureLayer(engine, stopwatch, one, signal);
      if (found) tuned.push({ shape, batch: one.layer.batch, uses, ...found });
    }
    onProgress?.({ done, total: distinct.size });
    return tuned;
  } finally {
    stopwatch.dispose();
  }
}

/** Share in [0, 1) of the time of these layers in the standard variants that the fastest ones save. */
export function savedShare(layers: readonly TunedLayer[]): number {
  const sum = (which: "standard" | "fastest") => layers.reduce((total, layer) => total + layer.uses * layer[which].seconds, 0);
  return layers.length > 0 ? 1 - sum("fastest") / sum("standard") : 0;
}

async function measureLayer(engine: Engine, stopwatch: Stopwatch, one: TunableLayer, signal: AbortSignal | undefined) {
  const { layer, precision, activations } = one;
  const made: { dispose(): void }[] = [];
  const own = <T extends { dispose(): void }>(thing: T): T => {
    made.push(thing);
    return thing;
  };
  try {
    // Zeros, as new buffers hold: no kernel branches on a value, and zeros are neither denormal, which CPUs are slow at, nor NaN.
    const images = await engine.guard(() => ({
      image: own(engine.tensor("measured image", [layer.batch, layer.height, layer.width, layer.channels4 * 4], undefined, activations)),
      out: own(
        engine.tensor("measured output", [layer.batch, layer.outHeight, layer.outWidth, layer.outputs4 * 4], undefined, activations),
      ),
    }));
    const weights = await withTransforms(engine, one, own);
    const tensors = { ...images, weights, residual: undefined };
    const standard = standardVariant(engine, layer, weights, precision);
    const others = variantsFor(layer).filter((variant) => variant !== standard && variant.fits(engine, layer, weights));
    const entrants = [entrant(standard.name, stopwatch, own(await compile(engine, standard, layer, tensors, precision)), signal)];
    for (const variant of others) {
      const plan = await compile(engine, variant, layer, tensors, precision).catch(undefinedWhereTooLarge);
      if (plan) entrants.push(entrant(variant.name, stopwatch, own(plan), signal));
    }
    return await race(entrants);
  } catch (error) {
    return undefinedWhereTooLarge(error);
  } finally {
    for (const thing of made) thing.dispose();
  }
}

function undefinedWhereTooLarge(error: unknown): undefined {
  if (!isTooLarge(error)) throw error;
}

/** The weights with every transform that suits the layer; those that it lacked are handed to `own`. */
async function withTransforms(engine: Engine, { layer, weights, precision }: TunableLayer, own: (made: Tensor) => Tensor) {
  let all = weights;
  for (const { transform } of variantsFor(layer)) {
    if (!transform?.suits(engine, layer, precision) || weights[transform.name]) continue;
    const planes = await tryTransform(engine, transform, layer, weights, precision);
    if (planes) all = { ...all, [transform.name]: own(planes) };
  }
  return all;
}

async function compile(engine: Engine, variant: Variant, layer: DenseLayer, tensors: DenseTensors, precision: Precision): Promise<Plan> {
  const builder = new PlanBuilder(engine, "tuning");
  variant.append(builder, layer, tensors, precision);
  return builder.compile();
}

/** A compiled variant; its first run, which may still compile, and the search for the number of runs in a pass come before the first time. */
function entrant(name: string, stopwatch: Stopwatch, plan: Plan, signal: AbortSignal | undefined): Entrant {
  let runs = 0;
  /** Seconds of so many runs; 0 where the GPU's clock saw no time go by, since the wall clock's would make the pass seem long enough. */
  const group = async (count: number) => {
    throwIfAborted(signal);
    const { gpu, wall } = await stopwatch.time((pass) => {
      for (let run = 0; run < count; run++) plan.encode(pass);
    });
    return gpu ?? (stopwatch.clock.mode === "none" ? wall : 0);
  };
  return {
    name,
    async time() {
      if (runs === 0) {
        await group(1);
        ({ runs } = await groupRuns(group, passSeconds(stopwatch.clock, PASS_SECONDS), MOST_RUNS));
      }
      throwIfAborted(signal);
      return (await stopwatch.timeRuns(plan, runs)) / runs;
    },
  };
}
