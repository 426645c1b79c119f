/** Takes a gradient, or relevance, back through a net; gradient methods and masks are built on it. */
import { EngineError } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { inputsOf } from "../graph/fuse.ts";
import type { Node } from "../graph/graph.ts";
import { constantsOf, isClamp, isInvertible, parametersOf } from "../ops/activation-functions.ts";
import type { Backward, BackwardRules, BackwardWeights, LoweredOp } from "../ops/operation.ts";
import { fusingOf, operationOf } from "../ops/operations.ts";
import type { Precision } from "../ops/packed-weights.ts";
import { inLines, tensorShape } from "../ops/shape.ts";
import * as kernels from "../shaders/backward/index.ts";
import type { BackwardWeightsCache } from "./backward-weights.ts";
import { appendOp, type Values } from "./lower.ts";
import { refuseSigned, refuseUndefined } from "./signed-activations.ts";

/**
 * What goes back: the gradient; or relevance by excitation backprop (Zhang et al. 2016); or that with the weights of the last layer
 * negated, which says what speaks against the class ("contrast", its first step only).
 */
export type Rule = "gradient" | "excitation" | "contrast";

export interface BackwardOptions {
  /** Where the pass starts, and the gradient (or relevance) of that node's value, in the value's shape. */
  readonly seed: { readonly node: Node; readonly gradient: Tensor };
  /** Where it ends. */
  readonly until: Node;
  /** "gradient" by default. */
  readonly rule?: Rule | undefined;
  /**
   * Values of all activations for other images, one or as many as the batch: a gradient then passes an activation only where its value is
   * at most the other one's (FGVis, Wagner et al. 2019, eq. 8).
   */
  readonly clean?: Values | undefined;
  /** Gets the result; a temporary of the plan by default. */
  readonly output?: Tensor | undefined;
}

/** The net that a pass goes back through. */
export interface BackwardNet {
  readonly ops: readonly LoweredOp[];
  readonly weights: BackwardWeightsCache;
  readonly precision: Precision;
}

/** Appends a backward pass; see `Net.appendBackward`. */
export async function appendBackward(
  plan: PlanBuilder,
  batch: number,
  { ops, weights, precision }: BackwardNet,
  values: Values,
  options: BackwardOptions,
): Promise<Tensor> {
  const { seed, until, rule = "gradient" } = options;
  const readBy = rule === "gradient" ? inputsOf : relevantInputs;
  const path = rule === "gradient" ? pathBetween(ops, until, seed.node, readBy) : relevancePath(ops, until, seed.node);
  if (rule === "contrast") requireLinear(path, seed.node);
  if (options.clean) refuseSigned("A gradient gated by other images' activations", path);
  const loaded = new Map<LoweredOp, BackwardWeights | undefined>();
  for (const op of path) loaded.set(op, await weights.get(plan.engine, op, rule !== "gradient"));
  const pass = new BackwardPass(plan, batch, path, values, precision, options, readBy);
  for (const op of path.toReversed()) pass.append(op, loaded.get(op));
  return pass.result;
}

/** The ops through which relevance goes. Throws INVALID, naming a layer, where it is not defined. */
export function relevancePath(ops: readonly LoweredOp[], until: Node, from: Node): LoweredOp[] {
  const path = pathBetween(ops, until, from, relevantInputs);
  refuseSigned("Excitation backprop", [...ops.filter(({ output }) => output === until), ...path]);
  refuseUndefined(path);
  return path;
}

/** Throws INVALID where the path does not end in a linear layer, whose weights a contrast negates. */
export function requireLinear(path: readonly LoweredOp[], { label }: Node): void {
  if (!path.slice(-1).some(({ node }) => operationOf(node).backward?.appendRectified))
    throw new EngineError("INVALID", `"${label}" is not computed by a linear layer.`, "Leave out the contrast.");
}

/** The ops through which a node's value depends on another's, in the order of the net. Throws INVALID where there are none. */
function pathBetween(ops: readonly LoweredOp[], until: Node, from: Node, readBy: typeof inputsOf): LoweredOp[] {
  const reached = new Set([until]);
  for (const op of ops) if (readBy(op).some((input) => reached.has(input))) reached.add(op.output);
  const wanted = new Set([from]);
  const path: LoweredOp[] = [];
  for (const op of ops.toReversed()) {
    if (op.output === until || !wanted.has(op.output) || !reached.has(op.output)) continue;
    path.unshift(op);
    for (const input of readBy(op)) wanted.add(input);
  }
  if (path.length > 0 || from === until) return path;
  throw new EngineError(
    "INVALID",
    `"${from.label}" is not computed from "${until.label}", or one of the two has no value of its own.`,
    "Take both from the net's `layer`, the seed behind the other.",
  );
}

/** What relevance goes to: not to inputs that count as constants. */
function relevantInputs(op: LoweredOp): readonly Node[] {
  const { relevance } = operationOf(op.node).backward ?? {};
  return inputsOf(op).filter((_, which) => which >= op.node.inputs.length || relevance?.(op.node, which) !== 0);
}

function backwardOf(node: Node): BackwardRules {
  const rules = operationOf(node).backward;
  if (rules) return rules;
  throw new EngineError(
    "INVALID",
    `No kernel brings gradients back through "${node.label}".`,
    "This is a defect of the engine; report it.",
  );
}

interface Share {
  readonly relevance: Tensor;
  readonly part?: Tensor | undefined;
  /** The share is that of what `part` leaves of the whole. */
  readonly rest?: boolean;
  readonly whole?: Tensor | undefined;
  readonly residual?: Tensor | undefined;
  /** Of the relevance, 1 by default. */
  readonly scale?: number;
}

class BackwardPass {
  readonly #plan: PlanBuilder;
  readonly #batch: number;
  readonly #values: Values;
  readonly #precision: Precision;
  readonly #options: BackwardOptions;
  readonly #reached: ReadonlySet<Node>;
  readonly #gradients: Map<Node, Tensor>;
  /** How many more ops add to the result. */
  #pending: number;

  constructor(
    plan: PlanBuilder,
    batch: number,
    path: readonly LoweredOp[],
    values: Values,
    precision: Precision,
    options: BackwardOptions,
    readBy: typeof inputsOf,
  ) {
    this.#plan = plan;
    this.#batch = batch;
    this.#values = values;
    this.#precision = precision;
    this.#options = options;
    const { seed, until } = options;
    this.#reached = new Set([until, ...path.map(({ output }) => output)]);
    this.#gradients = new Map([[seed.node, seed.gradient]]);
    this.#pending = path.flatMap(readBy).filter((input) => input === until).length;
  }

  get result(): Tensor {
    const { until, output, seed } = this.#options;
    if (output && seed.node === until) this.#share(output, { relevance: seed.gradient });
    return output ?? (this.#gradients.get(until) as Tensor);
  }

  /** Takes the gradient of the op's value to the values that it read. */
  append(op: LoweredOp, weights: BackwardWeights | undefined): void {
    const { node } = op;
    const excites = (this.#options.rule ?? "gradient") !== "gradient";
    const gradient = this.#gate(op, this.#gradients.get(op.output) as Tensor, excites);
    const { is } = fusingOf(node);
    // Neither has a kernel of the way back: a sum passes everything on, and so does an activation behind its gate.
    const passes = is === "sum" || is === "activation";
    const branches = passes ? node.inputs : op.residual ? [op.residual] : [];
    for (const branch of branches) {
      if (!this.#reached.has(branch)) continue;
      const share = excites && is !== "activation" ? { part: this.#value(branch), whole: this.#value(op.output) } : {};
      const residual = this.#gradients.get(branch);
      if (!share.part && !residual && !this.#isLast(branch)) this.#set(branch, gradient);
      else this.#share(this.#target(branch), { relevance: gradient, residual, ...share });
    }
    if (passes) return;
    const { rule, seed } = this.#options;
    const sign = !excites ? 0 : rule === "contrast" && op.output === seed.node ? -1 : 1;
    const rules = backwardOf(node);
    for (const [which, input] of node.inputs.entries()) {
      if (!this.#reached.has(input)) continue;
      const inputs = node.inputs.map((from) => this.#value(from));
      const step = { plan: this.#plan, kernels, batch: this.#batch, op, inputs, which, weights, precision: this.#precision, sign } as const;
      if (excites && rules.relevance) this.#pass(node, which, rules.relevance(node, which), gradient);
      else if (excites && !rules.selects) this.#excite(step, rules, gradient);
      else this.#transpose(step, rules, gradient);
    }
  }

  /** The gradient that passes the op's activation. Relevance passes where a clamp's gradient would, and any other activation whole. */
  #gate({ output, activation }: LoweredOp, gradient: Tensor, excites: boolean): Tensor {
    if (!activation || (excites && !isClamp(activation))) return gradient;
    const value = isInvertible(activation) ? output : (output.inputs[0] as Node);
    const { clean } = this.#options;
    const other = clean && this.#valueOf(clean, output);
    const out = this.#temporary(output, "gated");
    const { threads, ...lines } = inLines(out.size / 4);
    this.#plan.dispatch(kernels.activationGradient, {
      label: `${output.label} gradient`,
      bindings: { gradient, value: this.#value(value), clean: other ?? this.#plan.engine.nothing, out },
      uniforms: { ...lines, clean_vectors: other ? other.size / 4 : 0, ...parametersOf(activation) },
      constants: constantsOf(activation),
      threads,
    });
    return out;
  }

  #transpose(step: Backward, rules: BackwardRules, gradient: Tensor): void {
    const { node } = step.op;
    const input = node.inputs[step.which] as Node;
    const residual = this.#gradients.get(input);
    if (!residual || rules.addsResidual?.(node)) rules.append(step, gradient, this.#target(input), residual);
    else {
      const out = this.#temporary(input, "addend");
      rules.append(step, gradient, out);
      this.#share(this.#target(input), { relevance: out, residual });
    }
  }

  /** A share of the relevance of the value goes to an input of its shape; none to a constant. */
  #pass(node: Node, which: number, share: number | undefined, relevance: Tensor): void {
    if (!share) return;
    const input = node.inputs[which] as Node;
    const residual = this.#gradients.get(input);
    if (share === 1 && !residual && !this.#isLast(input)) this.#set(input, relevance);
    else this.#share(this.#target(input), { relevance, scale: share, residual });
  }

  /** p_in = x * W+^T (p_out / (W+ x)), without the op's bias; of a sum with a residual, p_out is first shared out. */
  #excite(step: Backward, rules: BackwardRules, relevance: Tensor): void {
    const { op, inputs, which } = step;
    const input = op.node.inputs[which] as Node;
    const sum = this.#value(op.output);
    const own = op.residual && this.#temporary(op.output, "share");
    if (own) this.#share(own, { relevance, part: this.#value(op.residual as Node), rest: true, whole: sum });
    const quotient = this.#temporary(op.output, "quotient");
    this.#share(quotient, { relevance: own ?? relevance, whole: this.#positive(step, rules) });
    const back = this.#temporary(input, "back");
    rules.append(step, quotient, back);
    const residual = this.#gradients.get(input);
    this.#share(this.#target(input), { relevance: back, part: inputs[which], residual });
  }

  /** The op's value with the positive part of its weights. Ops without weights have no others. */
  #positive(step: Backward, rules: BackwardRules): Tensor {
    const { node } = step.op;
    if (!step.weights) return this.#value(step.op.output);
    const out = this.#temporary(node, "positive");
    if (rules.appendRectified) rules.appendRectified(step, out);
    else {
      const op = { node, output: node, weights: step.weights.packed };
      appendOp(this.#plan, this.#batch, op, this.#values, out, this.#precision);
    }
    return out;
  }

  #value(node: Node): Tensor {
    return this.#valueOf(this.#values, node);
  }

  #valueOf(values: Values, node: Node): Tensor {
    const value = values.get(node);
    if (!value) throw new EngineError("INVALID", `The value of "${node.label}" is not kept.`, "Keep all that `appendForward` returns.");
    return value;
  }

  #temporary(node: Node, what: string): Tensor {
    return this.#plan.temporary(`${node.label} ${what}`, tensorShape(this.#batch, node.shape));
  }

  #isLast(node: Node): boolean {
    return node === this.#options.until && this.#pending === 1 && this.#options.output !== undefined;
  }

  /** Where the next sum of a node's gradients goes. */
  #target(node: Node): Tensor {
    const { output } = this.#options;
    const out = output && this.#isLast(node) ? output : this.#temporary(node, "gradient");
    this.#set(node, out);
    return out;
  }

  #set(node: Node, gradient: Tensor): void {
    if (node === this.#options.until) this.#pending--;
    this.#gradients.set(node, gradient);
  }

  #share(out: Tensor, { relevance, part, rest = false, whole, residual, scale = 1 }: Share): void {
    const { nothing } = this.#plan.engine;
    const { threads, ...lines } = inLines(out.size / 4);
    this.#plan.dispatch(kernels.share, {
      bindings: { part: part ?? nothing, whole: whole ?? nothing, relevance, residual: residual ?? nothing, out },
      uniforms: { ...lines, part_mode: rest ? 2 : part ? 1 : 0, has_whole: whole ? 1 : 0, has_residual: residual ? 1 : 0, scale },
      threads,
    });
  }
}
