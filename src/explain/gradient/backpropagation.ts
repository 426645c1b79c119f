/** The frame of the methods that go back through the classifier: run forward, go back, make the map. */
import { appendNormalise } from "../../classify/compose.ts";
import { appendSoftmax } from "../../classify/softmax.ts";
import { type EngineError, throwIfAborted } from "../../engine/errors.ts";
import { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Node } from "../../graph/graph.ts";
import type { Rule } from "../../nets/backward.ts";
import { imageShape } from "../../nets/input-spec.ts";
import type { Values } from "../../nets/lower.ts";
import { appendScoreGradient } from "../../nets/score-gradient.ts";
import { tensorShape, vectors } from "../../ops/shape.ts";
import * as kernels from "../../shaders/index.ts";
import { checkLogits } from "../finite-results.ts";
import type { MethodRequest, MethodResult } from "../method.ts";
import { timeStages } from "../stages.ts";
import { appendStretch, readChannel } from "../stretch.ts";

/** A map is flat if its range is at most this share of its largest value: some roundings. */
const FLAT = 1e-6;

/** What a method that goes backwards brings with it. */
export interface Backpropagation {
  /** The layer whose positions the map shows. */
  readonly layer: Node;
  /** Backward passes that `append` makes. */
  readonly passes: number;
  /** Whether what speaks against the target, below 0, is left out of the map. */
  readonly rectified: boolean;
  /** Appends the passes. `values`: of the layer and of all behind it. Throws what `Net.appendBackward` throws. */
  append(plan: PlanBuilder, values: Values): Promise<ChannelSum>;
}

/** The map at the layer's size: the sum over its channels of `image` (1 x height x width x channels), weighted. */
export interface ChannelSum {
  readonly image: Tensor;
  /** One a channel, or one a value; all 1 by default. */
  readonly weights?: Tensor | undefined;
}

/**
 * Runs the photo forwards through the teacher and goes back from the target's logit. Throws ABORTED before there is a map, OUT_OF_MEMORY,
 * DEVICE_LOST.
 */
export async function propagate(request: MethodRequest<unknown>, method: Backpropagation): Promise<MethodResult> {
  try {
    return await attempt(request, method);
  } catch (error) {
    // Weights that passes to other layers, or by another rule, have left behind may be what is in the way.
    if ((error as Partial<EngineError>).code !== "OUT_OF_MEMORY" || !request.teacher.net.releaseBackward()) throw error;
    return attempt(request, method);
  }
}

async function attempt(request: MethodRequest<unknown>, { layer, passes, ...method }: Backpropagation): Promise<MethodResult> {
  const { engine, teacher, target, signal, onProgress } = request;
  const [height, width] = layer.shape;
  const seconds = timeStages(engine, ["teacher", "backward"]);
  const owned: Tensor[] = [];
  const make = (label: string, shape: readonly number[]) => {
    const tensor = engine.tensor(label, shape);
    owned.push(tensor);
    return tensor;
  };
  const progress = (done: number) => onProgress?.({ stage: "backward", done, total: 1 + passes });
  try {
    const { values, label, small, map } = await engine.guard(() => {
      const values = new Map(teacher.net.valuesFrom(layer).map((node) => [node, make(node.label, tensorShape(1, node.shape))]));
      const small = make("map", [height, width, 4]);
      const stretched = height !== teacher.input.height || width !== teacher.input.width;
      return { values, label: make("label", [1, 4]), small, map: stretched ? make("stretched map", imageShape(teacher.input)) : small };
    });
    progress(0);
    await runForward(request, values, label);
    progress(1);
    throwIfAborted(signal);
    const plan = new PlanBuilder(engine, "backward");
    appendChannelSum(plan, layer, await method.append(plan, values), method.rectified, small);
    if (map !== small) appendStretch(plan, small, map);
    await plan.once({ signal });
    const degenerate = reasonAgainst(await readChannel(small), layer);
    const found = degenerate ? undefined : await readChannel(map);
    const logits = await (values.get(teacher.net.output) as Tensor).read(teacher.classes);
    checkLogits(logits, teacher.labels);
    const [probability] = await label.read();
    progress(1 + passes);
    return {
      ...{ map: found, degenerate, aborted: false, samples: 0 },
      passes: { forward: 1, backward: passes },
      facts: {
        ...{ layer: layer.label, layerSize: layer.shape.join(" x ") },
        ...{ logit: logits[target] as number, probability: probability as number },
      },
      seconds: seconds(),
    };
  } finally {
    for (const tensor of owned) tensor.dispose();
  }
}

/** The photo through the teacher: the `values` asked for, and the target's probability as the first of the label. */
async function runForward({ engine, teacher, scene, target, above, signal }: MethodRequest<unknown>, values: Values, label: Tensor) {
  const { net } = teacher;
  const plan = new PlanBuilder(engine, "teacher");
  const photo = values.get(net.input) ?? plan.temporary("normalised photo", tensorShape(1, net.inputShape));
  appendNormalise(plan, teacher.input, scene.crop, photo);
  appendSoftmax(plan, teacher, 1, net.append(plan, 1, photo, undefined, values), label, { target, above });
  await plan.once({ signal });
}

/** Appends a pass from the target's logit, whose gradient or relevance is `sign`, to a layer's value. */
export function appendFromLogit(
  plan: PlanBuilder,
  { teacher, target }: MethodRequest<unknown>,
  values: Values,
  { until, rule, sign }: { until: Node; rule: Rule; sign?: number },
): Promise<Tensor> {
  const { gradient } = appendScoreGradient(plan, 1, teacher.classes, target, undefined, sign);
  const { net } = teacher;
  return net.appendBackward(plan, 1, values, { seed: { node: net.output, gradient }, until, rule });
}

function appendChannelSum(plan: PlanBuilder, { shape }: Node, { image, weights }: ChannelSum, rectified: boolean, out: Tensor): void {
  const [height, width, channels] = shape;
  const [positions, channels4] = [height * width, vectors(channels)];
  plan.dispatch(kernels.channelSum, {
    bindings: { image, weights: weights ?? plan.engine.nothing, out },
    uniforms: {
      ...{ positions, channels4, has_weights: weights ? 1 : 0, rectified: rectified ? 1 : 0 },
      weights_stride4: weights?.size === image.size ? channels4 : 0,
    },
    threads: [positions],
    flops: 2 * positions * channels,
  });
}

/** Why there is nothing to show, where there is not. */
function reasonAgainst(map: Float32Array, { label }: Node): string | undefined {
  const [low, high] = map.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  if (high - low > FLAT * Math.max(high, -low)) return undefined;
  const what = high === 0 ? "nothing speaks for the target" : "every position counts the same";
  return `In ${label} ${what}. Choose another layer, class or photo.`;
}
