/** Sums the gradient of an operand whose values met many of another's. */
import type { Tensor } from "../engine/tensor.ts";
import type { Node, Shape } from "../graph/graph.ts";
import type { Backward } from "./operation.ts";
import { tensorShape, vectors } from "./shape.ts";

/** Pixels that a workgroup sums at least, and into how many slices their sum is cut at most. */
const SLICE = 256;
const SLICES = 64;

/** `values`, times `factor` where one is given, of the output's shape: their sums in the shape of the input that is meant. */
export function appendSums(step: Backward, values: Tensor, factor: Tensor | undefined, out: Tensor): void {
  const { batch, op, which } = step;
  const [height, width, channels] = op.node.shape;
  const own = (op.node.inputs[which] as Node).shape;
  const [rows, columns, all] = own.map((extent, axis) => extent === 1 && (op.node.shape[axis] as number) > 1) as [
    boolean,
    boolean,
    boolean,
  ];
  const channels4 = vectors(channels);
  const overChannels = (from: Tensor, times: Tensor | undefined, to: Tensor, shape: Shape) => {
    const pixels = batch * shape[0] * shape[1];
    const line = Math.min(pixels, 65536);
    step.plan.dispatch(step.kernels.sumChannels, {
      label: `${op.node.label} sums`,
      bindings: { values: from, factor: times ?? step.plan.engine.nothing, out: to },
      constants: { TIMES: times ? 1 : 0 },
      uniforms: { pixels, line, channels4 },
      threads: [step.kernels.sumChannels.constants.WORKGROUP_X, line, Math.ceil(pixels / line)],
    });
  };
  if (!rows && !columns) {
    overChannels(values, factor, out, op.node.shape);
    return;
  }
  const shape: Shape = [rows ? 1 : height, columns ? 1 : width, channels];
  const summed = all ? step.plan.temporary(`${op.node.label} sums`, tensorShape(batch, shape)) : out;
  if (rows && columns) appendAxis(step, { outer: batch, count: height * width, inner: channels4 }, values, factor, summed);
  else if (rows) appendAxis(step, { outer: batch, count: height, inner: width * channels4 }, values, factor, summed);
  else appendAxis(step, { outer: batch * height, count: width, inner: channels4 }, values, factor, summed);
  if (all) overChannels(summed, undefined, out, shape);
}

interface Axis {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** Sums along an axis: a long one in slices first. */
function appendAxis(step: Backward, axis: Axis, values: Tensor, factor: Tensor | undefined, out: Tensor): void {
  const { plan, kernels, op } = step;
  const { outer, count, inner } = axis;
  const slices = Math.min(Math.ceil(count / SLICE), SLICES);
  const to = slices > 1 ? plan.temporary(`${op.node.label} slices`, [outer, slices, inner * 4]) : out;
  plan.dispatch(kernels.sumAxis, {
    label: `${op.node.label} sums`,
    bindings: { values, factor: factor ?? plan.engine.nothing, out: to },
    constants: { TIMES: factor ? 1 : 0 },
    uniforms: { ...axis, slices, slice: Math.ceil(count / slices) },
    threads: [inner, kernels.sumAxis.constants.WORKGROUP_Y, outer * slices],
  });
  if (slices > 1) appendAxis(step, { outer, count: slices, inner }, to, undefined, out);
}
