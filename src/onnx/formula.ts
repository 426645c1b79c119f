/** Functions of one number, as a model composes them, and which of the engine's activations they are. */
import type { Activation } from "../graph/graph.ts";
import { activate, normalShare } from "../ops/activation-functions.ts";

/** x, a constant, or an operator applied to formulas. `size` counts what it is made of. */
export type Formula =
  | { readonly kind: "x"; readonly size: 1 }
  | { readonly kind: "constant"; readonly value: number; readonly size: 1 }
  | { readonly kind: "unary"; readonly name: string; readonly apply: (x: number) => number; readonly of: Formula; readonly size: number }
  | { readonly kind: "binary"; readonly name: BinaryName; readonly a: Formula; readonly b: Formula; readonly size: number };

export const X: Formula = { kind: "x", size: 1 };

/** Longer formulas are computed in parts. */
export const LONGEST = 40;

export const BINARY = {
  add: (a: number, b: number) => a + b,
  subtract: (a: number, b: number) => a - b,
  multiply: (a: number, b: number) => a * b,
  divide: (a: number, b: number) => a / b,
  minimum: Math.min,
  maximum: Math.max,
  power: (a: number, b: number) => a ** b,
} as const;
export type BinaryName = keyof typeof BINARY;

export const constantFormula = (value: number): Formula => ({ kind: "constant", value, size: 1 });

export const unary = (name: string, apply: (x: number) => number, of: Formula): Formula => ({
  ...{ kind: "unary", name, apply, of },
  size: of.size + 1,
});

export const binary = (name: BinaryName, a: Formula, b: Formula): Formula => ({ kind: "binary", name, a, b, size: a.size + b.size + 1 });

export function evaluate(formula: Formula, x: number): number {
  if (formula.kind === "x") return x;
  if (formula.kind === "constant") return formula.value;
  if (formula.kind === "unary") return formula.apply(evaluate(formula.of, x));
  return BINARY[formula.name](evaluate(formula.a, x), evaluate(formula.b, x));
}

/** The error function, by way of the normal distribution. */
export const erf = (x: number): number => 2 * normalShare(x * Math.SQRT2) - 1;

/** Where formulas are compared: close together where activations bend, and far out. */
const SAMPLES: readonly number[] = [
  ...Array.from({ length: 97 }, (_, i) => (i - 48) / 4 + 0.013),
  ...[0, 1e-3, -1e-3, 17, -17, 40, -40, 150, -150, 1e3, -1e3, 2e4, -2e4, 1e6, -1e6],
];

/** Constants of models are in single precision. */
const TOLERANCE = 2e-6;

function agrees(formula: Formula, value: (x: number) => number): boolean {
  return SAMPLES.every((x) => {
    const [got, wanted] = [evaluate(formula, x), value(x)];
    // Exponentials overflow far out, in the model's form or in ours.
    if (Math.abs(x) > 80 && !Number.isFinite(got)) return true;
    return Math.abs(got - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted));
  });
}

/** Scale and shift, where that is all that the formula does. */
export function linearOf(formula: Formula): { scale: number; shift: number } | undefined {
  const shift = evaluate(formula, 0);
  const scale = evaluate(formula, 1) - shift;
  // Differences of large numbers would lose digits.
  return Number.isFinite(scale) && agrees(formula, (x) => scale * x + shift) ? { scale, shift } : undefined;
}

const NAMED = ["relu", "relu6", "sigmoid", "tanh", "silu", "hardSigmoid", "hardSwish", "gelu", "geluTanh", "mish"] as const;

/** The activation that the formula computes, however the model puts it; undefined where there is none. */
export function activationOf(formula: Formula): Activation | undefined {
  return candidates(formula).find((activation) => agrees(formula, (x) => activate(activation, x)));
}

function candidates(formula: Formula): Activation[] {
  const at = (x: number) => evaluate(formula, x);
  const found: Activation[] = [...NAMED];
  const [low, high] = [at(-1e6), at(1e6)];
  // A bound that is only above or below.
  const [below, above] = [low === at(-2e4) ? low : -3.4e38, high === at(2e4) ? high : 3.4e38];
  if (below < above) found.push({ name: "clip", low: below, high: above });
  if (-at(-1) >= 0) found.push({ name: "leakyRelu", slope: -at(-1) });
  if (-at(-1e3) > 0) found.push({ name: "elu", alpha: -at(-1e3) });
  const slope = (at(1e-3) - at(-1e-3)) / 2e-3;
  if (slope > 0) found.push({ name: "hardSigmoid", slope, offset: at(0) });
  return found;
}

/** "clip(x * 0.5)": for people. */
export function describeFormula(formula: Formula): string {
  if (formula.kind === "x") return "x";
  if (formula.kind === "constant") return String(Math.fround(formula.value));
  if (formula.kind === "unary") return `${formula.name}(${describeFormula(formula.of)})`;
  return `${formula.name}(${describeFormula(formula.a)}, ${describeFormula(formula.b)})`;
}
