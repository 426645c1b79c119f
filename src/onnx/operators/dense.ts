/** Matrix products and norms. */

import { isAll } from "../axes.ts";
import type { Call, Importer } from "../call.ts";
import { Constant } from "../constants.ts";
import { axisOf, NetValue, Unsupported } from "../values.ts";

const gemm: Importer = async (call) => {
  const { builder } = call;
  const [alpha, beta] = [call.float("alpha", 1), call.float("beta", 1)];
  if (call.flag("transA")) throw new Unsupported("it transposes the values of the photo");
  const stored = call.needed(1);
  if (stored.dims.length !== 2) throw new Unsupported(`its matrix has the shape [${stored.dims.join(", ")}]`);
  const matrix = call.flag("transB") ? stored : stored.transposed([1, 0]);
  const bias = call.constant(2);
  const value = call.net();
  if (value.axes.length !== 2) throw new Unsupported(`it takes ${builder.describe(value)} for a row of values`);
  requireFit(value, matrix);
  const shift = bias && (await biasOf(bias, matrix.dims[0] as number, beta));
  if (alpha === 1) return builder.dense(value, matrix, shift, call.label);
  const product = builder.dense(value, matrix, undefined, call.label);
  const filled = Constant.of(new Float32Array(matrix.dims[0] as number).fill(alpha), [matrix.dims[0] as number], "float");
  const scaled = builder.scale(product.node, { scale: filled, ...(shift && { shift }) }, call.label);
  return new NetValue(scaled, product.axes, scaled.label);
};

/** One number for every output, times beta. */
async function biasOf(bias: Constant, outputs: number, beta: number): Promise<Constant> {
  const last = bias.dims.at(-1) ?? 1;
  if (bias.size > 1 && last !== bias.size) throw new Unsupported(`its bias of [${bias.dims.join(", ")}] is one of its own for each row`);
  if (bias.size === outputs && beta === 1) return bias.reshaped([outputs]);
  const values = await bias.values();
  if (values.length !== outputs && values.length !== 1)
    throw new Unsupported(`its bias has ${values.length} numbers for ${outputs} outputs`);
  const all = Array.from({ length: outputs }, (_, at) => beta * (values[values.length === 1 ? 0 : at] as number));
  return Constant.of(all, [outputs], "float", bias.name);
}

function requireFit(value: NetValue, matrix: Constant): void {
  const inputs = value.dims.at(-1);
  if (inputs !== matrix.dims[1]) throw new Unsupported(`it multiplies ${inputs} values by a matrix of [${matrix.dims.join(", ")}]`);
}

const matMul: Importer = (call) => {
  const [, second] = call.inputs;
  if (second instanceof NetValue) throw new Unsupported("it multiplies values of the net with each other, as attention does");
  const stored = call.needed(1);
  const [inputs, outputs] = stored.dims.slice(-2) as [number, number];
  if (stored.dims.length < 2 || stored.size !== inputs * outputs)
    throw new Unsupported(`its matrix has the shape [${stored.dims.join(", ")}]`);
  const matrix = stored.reshaped([inputs, outputs]).transposed([1, 0]);
  requireFit(call.net(), matrix);
  return call.builder.dense(call.net(), matrix, undefined, call.label);
};

const batchNormalization: Importer = (call) => {
  const { builder } = call;
  const epsilon = call.float("epsilon", 1e-5);
  call.ignore("momentum");
  if (call.flag("training_mode") || !call.flag("spatial", true))
    throw new Unsupported("it is a batch norm in training", "Export the model after model.eval().");
  if (call.node.outputs.slice(1).some((name) => name !== "")) throw new Unsupported("it gives means and variances, as in training");
  const value = call.net();
  const channels = value.node.shape[2];
  if (!value.axes[1] || !isAll(value.axes[1], "channels", channels))
    throw new Unsupported(`it norms ${builder.describe(value)} along other axes`);
  const node = builder.settle(value);
  const name = builder.label(call.label);
  for (const [at, part] of ["weight", "bias", "running_mean", "running_var"].entries()) {
    const constant = call.needed(at + 1);
    if (constant.dims.length !== 1 || constant.size !== channels)
      throw new Unsupported(`its input ${at + 2} has ${constant.size} numbers for ${channels} channels`);
    builder.keep(`${name}.${part}`, constant);
  }
  return new NetValue(builder.graph.batchNorm(node, name, epsilon), value.axes, name);
};

const layerNormalization: Importer = (call: Call) => {
  const { builder } = call;
  const epsilon = call.float("epsilon", 1e-5);
  call.ignore("stash_type");
  const value = call.net();
  const first = axisOf(call.integer("axis", -1), value.axes.length);
  const [scale, shift] = [call.needed(1), call.constant(2)];
  const node = builder.settle(value);
  const channels = node.shape[2];
  const rest = value.axes.slice(first);
  const [axis] = rest.filter(({ length }) => length > 0);
  if (rest.filter(({ length }) => length > 0).length > 1 || !isAll(axis ?? [], "channels", channels) || scale.size !== channels) {
    throw new Unsupported(`it norms ${builder.describe(value)} over other axes than the channels`);
  }
  const flat = { scale: scale.reshaped([channels]), shift: shift?.reshaped([channels]) };
  return new NetValue(builder.layerNorm(node, epsilon, call.label, flat), value.axes, call.label);
};

export const dense: Readonly<Record<string, Importer>> = {
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNormalization,
  LayerNormalization: layerNormalization,
};
