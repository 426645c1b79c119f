/** The method `score-cam`, which uses the channels of a feature map as masks. */
import { appendNormalise } from "../../classify/compose.ts";
import { PlanBuilder, type RunOptions } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { imageShape, sizeConstants } from "../../nets/input-spec.ts";
import { tensorShape } from "../../ops/shape.ts";
import * as kernels from "../../shaders/index.ts";
import { SCORE_CAM } from "../descriptions.ts";
import type { MethodDefinition, MethodRequest, MethodResult } from "../method.ts";
import { appendStretch, readChannel } from "../stretch.ts";
import { nothingToShow, perturb } from "./perturbation.ts";

/** The photo's feature map and what is known of its channels, on the GPU. */
interface Features {
  readonly shape: readonly [height: number, width: number, channels: number];
  /** 1 x height x width x channels, padded to 4. */
  readonly values: Tensor;
  /** As channel_extents.wgsl writes them, of the map stretched to the input's size. */
  readonly extents: Tensor;
}

/**
 * Score-CAM (Wang et al. 2020) as its authors' code does it: every channel of a feature map, stretched to the photo and to [0, 1], masks
 * the photo, and the target's probability is its weight: map = ReLU(sum_k w_k U_k), stretched to [0, 1], U_k being the channel stretched to
 * the photo only. Channels that are constant are skipped. The paper's baseline and its softmax over channels are in neither.
 */
export const scoreCam: MethodDefinition<typeof SCORE_CAM.parameters> = {
  ...SCORE_CAM,
  check: ({ teacher, settings }) => teacher.layer(settings.layer),
  async run(request) {
    const { engine, teacher, settings } = request;
    const { shape, label } = teacher.layer(settings.layer);
    const features: Features = {
      shape,
      values: engine.tensor(`${label} of the photo`, tensorShape(1, shape)),
      extents: engine.tensor("channel extents", [Math.ceil(shape[2] / 4), 8]),
    };
    try {
      await observe(request, features);
      const extents = await features.extents.read();
      const live = Array.from({ length: shape[2] }, (_, k) => k).filter((k) => {
        const low = 8 * (k >> 2) + (k & 3);
        return extents[low] !== extents[low + 4];
      });
      const facts = { layer: label, layerSize: `${shape.join(" x ")}`, constantChannels: shape[2] - live.length };
      const result =
        live.length > 0
          ? await weigh(request, features, live)
          : nothingToShow(`Every channel of ${label} is constant on this photo. Choose another layer.`);
      return { ...result, facts: { ...result.facts, ...facts }, passes: { ...result.passes, forward: result.passes.forward + 1 } };
    } finally {
      features.values.dispose();
      features.extents.dispose();
    }
  },
};

/** Runs the photo through the teacher and keeps the feature map. */
async function observe({ engine, teacher, scene, settings, signal }: MethodRequest<{ layer: string }>, features: Features) {
  const [height, width, channels] = features.shape;
  const plan = new PlanBuilder(engine, "teacher");
  const photo = plan.temporary("normalised photo", imageShape(teacher.input, 1));
  appendNormalise(plan, teacher.input, scene.crop, photo);
  teacher.appendLogits(plan, 1, photo, undefined, new Map([[teacher.layer(settings.layer), features.values]]));
  const channels4 = Math.ceil(channels / 4);
  plan.dispatch(kernels.channelExtents, {
    bindings: { image: features.values, extents: features.extents },
    uniforms: { height, width, channels4, out_height: teacher.input.height, out_width: teacher.input.width },
    threads: [channels4],
    flops: channels * height * width * 64,
  });
  await plan.once({ signal });
}

/** Weighs the channels by the teacher's answers. */
async function weigh(request: MethodRequest<unknown>, features: Features, live: readonly number[]): Promise<MethodResult> {
  const { engine, teacher } = request;
  const { input } = teacher;
  const [height, width, all] = features.shape;
  const sum = engine.tensor("sum of channels", [height, width, 4]);
  // Batches may go beyond the last channel by less than their size.
  const channels = engine.tensor("channels", [live.length + request.batch.most], padded(live, live.length + request.batch.most));
  const channels4 = Math.ceil(all / 4);
  try {
    const result = await perturb(request, {
      images: live.length,
      keepsLabels: false,
      draw(plan, batch, photo, images) {
        const draw = plan.dispatch(kernels.scoreCamImages, {
          bindings: { photo, features: features.values, extents: features.extents, channels, out: images },
          uniforms: { samples: batch, first_sample: 0, height, width, channels4 },
          threads: [input.width, input.height, batch],
          constants: sizeConstants(input),
          flops: batch * input.height * input.width * 30,
        });
        return (compiled, first) => compiled.set(draw, { first_sample: first });
      },
      gather(plan, batch, labels) {
        const add = plan.dispatch(kernels.scoreCamSum, {
          bindings: { features: features.values, channels, labels, sum },
          uniforms: { samples: batch, first_sample: 0, positions: height * width, channels4 },
          threads: [height * width],
          flops: batch * height * width * 2,
        });
        return (compiled, first, count) => compiled.set(add, { first_sample: first, samples: count });
      },
      map: async (_, __, options) => stretchToUnit(await stretch(request, sum, options)),
    });
    if (!result.map?.every((value) => value === 0)) return result;
    return { ...result, map: undefined, degenerate: "The weighted channels are nowhere above 0. Choose another layer." };
  } finally {
    sum.dispose();
    channels.dispose();
  }
}

/** The sum at the input's size. */
async function stretch({ engine, teacher }: MethodRequest<unknown>, sum: Tensor, options: RunOptions): Promise<Float32Array> {
  const plan = new PlanBuilder(engine, "gather");
  const map = engine.tensor("stretched map", imageShape(teacher.input));
  appendStretch(plan, sum, map);
  try {
    await plan.once(options);
    return await readChannel(map);
  } finally {
    map.dispose();
  }
}

/** ReLU, then from [least, most] to [0, 1]; all 0 where it is flat. */
function stretchToUnit(map: Float32Array): Float32Array {
  const positive = map.map((value) => Math.max(value, 0));
  const [low, high] = positive.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, 0]);
  return positive.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

function padded(live: readonly number[], length: number): Uint32Array {
  const channels = new Uint32Array(length);
  channels.set(live);
  return channels;
}
