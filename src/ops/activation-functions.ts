/** What activations are: their formulas, their slopes, and how kernels are told of them. */
import { EngineError } from "../engine/errors.ts";
import type { Activation } from "../graph/graph.ts";

/** An activation in float64, and as src/shaders/include/activate.wgsl has it. */
interface Formula {
  /** Its number there, and its parameters. */
  readonly code: number;
  readonly low: number;
  readonly high: number;
  /** Whether its slope follows from what it gave. */
  readonly invertible: boolean;
  /** Whether it gives numbers below 0. */
  readonly signed: boolean;
  value(x: number): number;
  /** Its derivative, 0 or the left one at a corner, as PyTorch has it. */
  slope(x: number): number;
}

const LARGEST = 3.4e38;

const clamped = (low: number, high: number): Formula => ({
  ...{ code: 0, low, high, invertible: true, signed: low < 0 },
  value: (x) => Math.min(Math.max(x, low), high),
  slope: (x) => (x > low && x < high ? 1 : 0),
});

const NONE = clamped(-LARGEST, LARGEST);

/** x times a gate: neither invertible nor above 0. */
const gated = (code: number, value: Formula["value"], slope: Formula["slope"]): Formula => ({
  ...{ code, low: 0, high: 0, invertible: false, signed: true },
  ...{ value, slope },
});
const rising = (code: number, signed: boolean, value: Formula["value"], slope: Formula["slope"]): Formula => ({
  ...{ code, low: 0, high: 0, invertible: true, signed },
  ...{ value, slope },
});

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const sigmoidSlope = (x: number) => sigmoid(x) * sigmoid(-x);
const tanhSlope = (x: number) => 1 - Math.tanh(x) ** 2;

/** Of the standard normal distribution; the share below x by a continued series or fraction, to double precision. */
const density = (x: number) => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
export function normalShare(x: number): number {
  if (x < 0) return 1 - normalShare(-x);
  if (x > 6) {
    let fraction = 0;
    for (let k = 60; k > 0; k--) fraction = k / (x + fraction);
    return 1 - density(x) / (x + fraction);
  }
  let [term, sum] = [x, x];
  for (let k = 3; term > 1e-18 * sum; k += 2) {
    term *= x ** 2 / k;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

const ROOT = Math.sqrt(2 / Math.PI);
const inner = (x: number) => ROOT * (x + 0.044715 * x ** 3);
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** `scale` x + `offset` between 0 and 1, and x times that. */
const hard = (scale: number, offset: number): Formula => ({
  ...{ code: 6, low: scale, high: offset, invertible: true, signed: false },
  value: (x) => Math.min(Math.max(scale * x + offset, 0), 1),
  slope: (x) => (scale * x + offset > 0 && scale * x + offset < 1 ? scale : 0),
});
const SIXTH = hard(1 / 6, 1 / 2);

const FORMULAS = {
  relu: clamped(0, LARGEST),
  relu6: clamped(0, 6),
  sigmoid: rising(3, false, sigmoid, sigmoidSlope),
  tanh: rising(4, true, Math.tanh, tanhSlope),
  silu: gated(
    5,
    (x) => x * sigmoid(x),
    (x) => sigmoid(x) + x * sigmoidSlope(x),
  ),
  hardSigmoid: SIXTH,
  hardSwish: {
    ...{ ...SIXTH, code: 7, invertible: false, signed: true },
    ...{ value: (x: number) => x * SIXTH.value(x), slope: (x: number) => SIXTH.value(x) + x * SIXTH.slope(x) },
  },
  gelu: gated(
    8,
    (x) => x * normalShare(x),
    (x) => normalShare(x) + x * density(x),
  ),
  geluTanh: gated(
    9,
    (x) => 0.5 * x * (1 + Math.tanh(inner(x))),
    (x) => 0.5 * (1 + Math.tanh(inner(x))) + 0.5 * x * tanhSlope(inner(x)) * ROOT * (1 + 0.134145 * x ** 2),
  ),
  mish: gated(
    10,
    (x) => x * Math.tanh(softplus(x)),
    (x) => Math.tanh(softplus(x)) + x * tanhSlope(softplus(x)) * sigmoid(x),
  ),
} as const satisfies Record<Extract<Activation, string>, Formula>;

/** Those that take their parameters from the description; a slope below 0 would have no inverse. */
function formulaOf(activation: Activation): Formula {
  if (typeof activation === "string") return FORMULAS[activation];
  switch (activation.name) {
    case "clip":
      return clamped(Math.max(activation.low, -LARGEST), Math.min(activation.high, LARGEST));
    case "leakyRelu": {
      const { slope } = activation;
      return {
        ...{ code: 1, low: slope, high: 0, invertible: true, signed: slope !== 0 },
        value: (x) => (x > 0 ? x : slope * x),
        slope: (x) => (x > 0 ? 1 : slope),
      };
    }
    case "elu": {
      const { alpha } = activation;
      return {
        ...{ code: 2, low: alpha, high: 0, invertible: true, signed: true },
        value: (x) => (x > 0 ? x : alpha * Math.expm1(x)),
        slope: (x) => (x > 0 ? 1 : alpha * Math.exp(x)),
      };
    }
    case "hardSigmoid":
      return hard(activation.slope, activation.offset);
  }
}

/** Throws INVALID for an activation that there is not, or whose parameters make none. */
export function checkActivation(activation: Activation): void {
  const given = typeof activation === "string" ? { name: activation } : activation;
  const names = [...Object.keys(FORMULAS), "clip", "leakyRelu", "elu"];
  const { name, ...parameters } = given as { name: string } & Record<string, number>;
  if (!names.includes(name)) {
    throw new EngineError("INVALID", `There is no activation "${name}".`, `Choose one of: ${names.join(", ")}.`);
  }
  const wrong = Object.entries(parameters).find(([, value]) => typeof value !== "number" || Number.isNaN(value));
  const { low = 0, high = 1, slope = 1, alpha = 1 } = parameters;
  if (wrong || !(low < high) || !(slope >= 0) || !(alpha > 0)) {
    const printed = Object.entries(parameters).map(([key, value]) => `${key} ${value}`);
    throw new EngineError(
      "INVALID",
      `No activation ${name} has ${printed.join(", ")}.`,
      "Give numbers: a low bound below the high one, a slope of at least 0, an alpha above 0.",
    );
  }
}

/** Parameters of a kernel that ends in the activation, or in none. */
export function parametersOf(activation: Activation | undefined): { low: number; high: number } {
  const { low, high } = activation ? formulaOf(activation) : NONE;
  return { low, high };
}

/** The text constant by which a kernel has another activation than a clamp. */
export function constantsOf(activation: Activation | undefined): { ACTIVATION?: number } {
  const code = activation ? formulaOf(activation).code : 0;
  return code === 0 ? {} : { ACTIVATION: code };
}

/** An activation in float64, and its derivative. */
export const activate = (activation: Activation, x: number): number => formulaOf(activation).value(x);
export const slopeOf = (activation: Activation, x: number): number => formulaOf(activation).slope(x);

export const isClamp = (activation: Activation): boolean => formulaOf(activation).code === 0;

/** Whether its slope follows from what it gave, so that a backward pass need not know what it was given. */
export const isInvertible = (activation: Activation): boolean => formulaOf(activation).invertible;

/** Whether it gives numbers below 0. */
export const isSigned = (activation: Activation): boolean => formulaOf(activation).signed;

/** "relu6", "leakyRelu 0.1": its name, and its parameters where the description gives them. */
export function describeActivation(activation: Activation): string {
  return typeof activation === "string" ? activation : Object.values(activation).join(" ");
}
