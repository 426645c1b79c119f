/** Puts together the norm over the channels that exporters write as means, differences, squares and roots. */
import { isAll } from "../axes.ts";
import type { Call } from "../call.ts";
import { Constant } from "../constants.ts";
import { NetValue, Statistic, Unsupported, type Value } from "../values.ts";

/** A mean over the channels, of a value or of its squared differences from its mean; undefined where it is neither. */
export function meanPart(value: Value, reduced: readonly number[], keepsDims: boolean): Statistic | undefined {
  const of = value instanceof Statistic ? value.of : value;
  if (!(of instanceof NetValue) || reduced.length !== 1) return undefined;
  const axis = of.axes[reduced[0] as number];
  if (!axis || !isAll(axis, "channels", of.node.shape[2]) || of.node.shape[2] === 1) return undefined;
  const dims = of.dims.flatMap((extent, at) => (reduced.includes(at) ? (keepsDims ? [1] : []) : [extent]));
  if (value instanceof NetValue) return keepsDims ? new Statistic("mean", of, dims) : undefined;
  return value instanceof Statistic && value.kind === "squared" ? new Statistic("variance", of, dims) : undefined;
}

/** What an operator makes of parts of a norm; undefined where that is none. `name`: of the operator, or of the arithmetic. */
export async function normPart(call: Call, name: string, [a, b]: readonly Value[]): Promise<Value | undefined> {
  const number = b instanceof Constant && b.size === 1 ? ((await b.values())[0] as number) : undefined;
  if (a instanceof NetValue && b instanceof Statistic && b.kind === "mean" && b.of === a && name === "subtract") {
    return new Statistic("centred", a, a.dims);
  }
  if (a instanceof Constant && b instanceof Statistic) {
    if (name === "add") return normPart(call, name, [b, a]);
    const one = a.size === 1 && (await a.values())[0] === 1;
    return name === "divide" && one && b.kind === "deviation" ? new Statistic("inverse", b.of, b.dims, b.epsilon) : undefined;
  }
  if (!(a instanceof Statistic)) return b instanceof Statistic && name === "multiply" ? normPart(call, name, [b, a as Value]) : undefined;
  const { of, dims, kind, epsilon } = a;
  if (kind === "centred") {
    if ((name === "power" && number === 2) || (name === "multiply" && b instanceof Statistic && b.kind === "centred" && b.of === of)) {
      return new Statistic("squared", of, dims);
    }
    const divides = name === "divide" && b instanceof Statistic && b.kind === "deviation";
    const multiplies = name === "multiply" && b instanceof Statistic && b.kind === "inverse";
    if ((divides || multiplies) && b.of === of) return normed(call, of, b.epsilon);
  }
  if (kind === "inverse" && b instanceof Statistic && b.kind === "centred" && b.of === of) return normed(call, of, epsilon);
  if (kind === "variance") {
    if (name === "add" && number !== undefined) return new Statistic("variance", of, dims, epsilon + number);
    if (name === "Sqrt" || (name === "power" && number === 0.5)) return new Statistic("deviation", of, dims, epsilon);
    if (name === "power" && number === -0.5) return new Statistic("inverse", of, dims, epsilon);
  }
  if (kind === "deviation" && name === "Reciprocal") return new Statistic("inverse", of, dims, epsilon);
  return undefined;
}

function normed(call: Call, of: NetValue, epsilon: number): NetValue {
  const { builder, label } = call;
  if (!(epsilon > 0)) throw new Unsupported("it is a norm without an epsilon, which divides by 0 where all channels are alike");
  return new NetValue(builder.layerNorm(builder.settle(of), epsilon, label), of.axes, label);
}

/** The values of a part that is none of a norm: a mean over the channels, or what is left without it. Throws Unsupported for others. */
export function valueOfPart(call: Call, { kind, of, dims }: Statistic): NetValue {
  const { builder } = call;
  const node = builder.settle(of);
  const channels = node.shape[2];
  const label = builder.label(`${call.label} mean`);
  builder.keep(`${label}.weight`, Constant.of(new Float32Array(channels).fill(1 / channels), [1, channels, 1, 1], "float"));
  const mean = builder.graph.conv(node, label, { outputs: 1, kernel: 1 });
  if (kind === "mean")
    return new NetValue(
      mean,
      of.axes.map((axis, at) => (dims[at] === 1 ? [] : axis)),
      label,
    );
  if (kind === "centred") return new NetValue(builder.graph.subtract(node, mean, builder.label(call.label)), of.axes, call.label);
  throw new Unsupported(`it reads the ${kind} of channels, which is only part of a norm`);
}
