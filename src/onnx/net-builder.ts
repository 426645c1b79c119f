/** Makes nodes of the values of a model: settles formulas, brings axes into order, and keeps the constants that nodes read. */
import type { Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { isConv } from "../ops/conv.ts";
import { isDepthwiseConv } from "../ops/depthwise-conv.ts";
import { isLinear } from "../ops/linear.ts";
import { type Axes, type Axis, channelsOf, isAll, isChannels, nchw, type Run, whole } from "./axes.ts";
import { Constant } from "./constants.ts";
import { activationOf, describeFormula, type Formula, linearOf, X } from "./formula.ts";
import { NetValue, Unsupported } from "./values.ts";

/** Constants that a layer norm or a scale and shift reads. */
interface Scaling {
  readonly scale?: Constant | undefined;
  readonly shift?: Constant | undefined;
}

export class NetBuilder {
  readonly graph = new GraphBuilder();
  /** By the keys of the nodes' tensors. */
  readonly constants = new Map<string, Constant>();
  readonly #labels = new Set<string>();
  readonly #settled = new WeakMap<NetValue, Node>();
  /** Nodes with their channels in other orders. */
  readonly #ordered = new WeakMap<Node, Map<string, Node>>();
  /** Norms and scalings that what follows may still become part of. */
  readonly #norms = new WeakMap<Node, Scaling & { x: Node; epsilon: number }>();

  /** `batch`: images that the model takes at once. */
  constructor(readonly batch: number) {}

  /** A name that no other node has. */
  label(wanted: string): string {
    let label = wanted;
    for (let count = 2; this.#labels.has(label); count++) label = `${wanted}_${count}`;
    this.#labels.add(label);
    return label;
  }

  /** A node as an image with the model's own order of axes. */
  value(node: Node, axes: Axes = nchw(node.shape, this.batch)): NetValue {
    return new NetValue(node, axes, node.label);
  }

  /** Keeps a constant as a tensor of a layer. */
  keep(key: string, constant: Constant): string {
    this.constants.set(key, constant);
    return key;
  }

  /** The node whose values the formula gives. Throws Unsupported. */
  settle(value: NetValue): Node {
    const known = this.#settled.get(value);
    if (known) return known;
    const node = this.#lower(value.node, value.formula, value.label);
    this.#settled.set(value, node);
    return node;
  }

  #lower(node: Node, formula: Formula, label: string): Node {
    if (formula.kind === "x") return node;
    const linear = linearOf(formula);
    if (linear) return linear.scale === 1 && linear.shift === 0 ? node : this.graph.affine(node, { ...linear, label: this.label(label) });
    const activation = activationOf(formula);
    if (activation) return this.graph.activation(node, activation, this.label(label));
    const unknown = new Unsupported(
      `the function ${describeFormula(formula)} of every value is none that is known`,
      "Export the model with an activation from docs/operations.md.",
    );
    if (formula.kind === "unary") {
      if (formula.of.kind === "x") throw unknown;
      return this.#lower(this.#lower(node, formula.of, label), { ...formula, of: X, size: 2 }, label);
    }
    if (formula.kind === "constant") throw unknown;
    const { name, a, b } = formula;
    if (a.kind === "constant" || b.kind === "constant") {
      const inner = a.kind === "constant" ? b : a;
      if (name === "power" && b.kind === "constant" && b.value === 2) {
        const base = this.#lower(node, a, label);
        return this.graph.multiply(base, base, this.label(label));
      }
      if (inner.kind === "x") throw unknown;
      const outer = { ...formula, a: a.kind === "constant" ? a : X, b: b.kind === "constant" ? b : X, size: 3 };
      return this.#lower(this.#lower(node, inner, label), outer, label);
    }
    if (name === "minimum" || name === "maximum" || name === "power") throw unknown;
    return this.graph[name](this.#lower(node, a, label), this.#lower(node, b, label), this.label(label));
  }

  /** The node as an image, of a value whose axes are those of NCHW. Throws Unsupported where they are not. */
  image(value: NetValue): Node {
    const node = this.settle(value);
    const [batch, channels, height, width] = value.axes;
    if (value.axes.length === 4 && batch && channels && height && width && this.#isBatch(batch)) {
      const [lines, columns] = node.shape;
      if (isAll(height, "height", lines) && isAll(width, "width", columns)) return this.inOrder(node, channels, value.label);
    }
    throw new Unsupported(`it takes ${this.describe(value)} for an image`);
  }

  /** The node with its channels in the axis' order: as they are, shuffled, or in a few pieces. Throws Unsupported. */
  inOrder(node: Node, axis: Axis, label: string): Node {
    if (isAll(axis, "channels", node.shape[2])) return node;
    // Several layers may read parts of it.
    const key = axis.map(({ extent, step }) => `${extent} ${step}`).join();
    const known = this.#ordered.get(node) ?? new Map<string, Node>();
    const ordered = known.get(key) ?? this.#reorder(node, axis, label);
    this.#ordered.set(node, known.set(key, ordered));
    return ordered;
  }

  #reorder(node: Node, axis: Axis, label: string): Node {
    const channels = node.shape[2];
    const [outer, inner] = axis as readonly [Run, Run];
    if (!isChannels(axis) || axis.reduce((product, { extent }) => product * extent, 1) !== channels) {
      throw new Unsupported("it mixes channels with positions");
    }
    if (axis.length === 2 && outer.step === 1 && inner.step === outer.extent) {
      return this.graph.shuffle(node, inner.extent, this.label(label));
    }
    return this.pick(node, channelsOf(axis), label);
  }

  /** Some of the channels, or all in another order. Throws Unsupported where they are too many pieces. */
  pick(node: Node, channels: readonly number[], label: string): Node {
    const runs: [first: number, count: number][] = [];
    for (const channel of channels) {
      const last = runs.at(-1);
      if (last && last[0] + last[1] === channel) last[1]++;
      else runs.push([channel, 1]);
    }
    if (runs.length > 64) throw new Unsupported(`it puts ${channels.length} channels into an order of ${runs.length} pieces`);
    if (runs.length === 1 && runs[0]?.[1] === node.shape[2]) return node;
    const parts = runs.map(([first, count]) => this.graph.slice(node, first, count, this.label(label)));
    return parts.length === 1 ? (parts[0] as Node) : this.graph.concat(parts, this.label(label));
  }

  #isBatch(axis: Axis): boolean {
    return isAll(axis, "batch", this.batch);
  }

  /** Throws Unsupported where the first axis is not that of the images. */
  requireBatch(value: NetValue): void {
    if (!value.axes[0] || !this.#isBatch(value.axes[0])) throw new Unsupported("it mixes the images of a batch");
  }

  /** x times a number a channel, plus one. What can be part of the layer before becomes one. */
  scale(x: Node, { scale, shift }: Scaling, label: string): Node {
    const norm = this.#norms.get(x);
    if (norm) {
      if (scale && !norm.scale && !norm.shift) return this.layerNorm(norm.x, norm.epsilon, label, { scale });
      if (shift && !norm.shift) return this.layerNorm(norm.x, norm.epsilon, label, { scale: norm.scale, shift });
    }
    const shifted = shift && !scale ? this.#shifted(x, shift) : undefined;
    if (shifted) return shifted;
    const name = this.label(label);
    return this.graph.affine(x, {
      ...(scale && { scale: this.keep(`${name}.weight`, scale) }),
      ...(shift && { shift: this.keep(`${name}.bias`, shift) }),
      label: name,
    });
  }

  /** A layer without a bias once more with one, which costs nothing; undefined of any other. */
  #shifted(x: Node, shift: Constant): Node | undefined {
    const isDense = isConv(x) || isDepthwiseConv(x);
    const scales = x.op === "affine" && x.tensors.weight !== undefined;
    if (x.tensors.bias || !(isLinear(x) || isDense || scales)) return undefined;
    // Others may add numbers of their own to the same layer.
    const name = this.constants.has(`${x.label}.bias`) ? this.label(x.label) : x.label;
    const weight = this.constants.get(x.tensors.weight?.key ?? "") as Constant;
    this.keep(`${name}.weight`, weight);
    this.keep(`${name}.bias`, shift);
    const input = x.inputs[0] as Node;
    if (isLinear(x)) return this.graph.linear(input, name, x.shape, { bias: true, flatten: x.flatten });
    if (!isDense) return this.graph.affine(input, { scale: `${name}.weight`, shift: `${name}.bias`, label: name });
    const { kernel, stride, dilation, pad: padding, groups } = x;
    return this.graph.conv(input, name, { outputs: x.shape[2], kernel, stride, dilation, padding, groups, bias: true });
  }

  /** A norm over the channels; scale and shift may also follow. */
  layerNorm(x: Node, epsilon: number, label: string, { scale, shift }: Scaling = {}): Node {
    const name = this.label(label);
    const channels = x.shape[2];
    const filled = (value: number) => Constant.of(new Float32Array(channels).fill(value), [channels], "float");
    this.keep(`${name}.weight`, scale ?? filled(1));
    this.keep(`${name}.bias`, shift ?? filled(0));
    const node = this.graph.layerNorm(x, name, epsilon);
    this.#norms.set(node, { x, epsilon, scale, shift });
    return node;
  }

  /** The matrix product of the last axis. `weight`: outputs x inputs. */
  dense(value: NetValue, weight: Constant, bias: Constant | undefined, label: string): NetValue {
    const [outputs, inputs] = weight.dims as [number, number];
    const node = this.settle(value);
    const last = value.axes.at(-1) ?? [];
    const before = value.axes.slice(0, -1);
    const name = this.label(label);
    this.keep(`${name}.weight`, weight);
    if (bias) this.keep(`${name}.bias`, bias);
    const axes = (outputs: number): Axes => [...before, whole("channels", outputs)];
    const isVector = before.every((axis) => axis.length === 0 || this.#isBatch(axis));
    if (isVector) {
      const { node: rows, flatten } = this.#flattened(node, last, value.label);
      return this.value(this.graph.linear(rows, name, outputs, { bias: bias !== undefined, flatten }), axes(outputs));
    }
    if (!isAll(last, "channels", node.shape[2]) || inputs !== node.shape[2]) {
      throw new Unsupported(`it multiplies ${this.describe(value)} by a matrix along other axes than the channels`);
    }
    return this.value(this.graph.conv(node, name, { outputs, kernel: 1, bias: bias !== undefined }), axes(outputs));
  }

  /** In which order a vector of all values of an image has them. */
  #flattened(node: Node, axis: Axis, label: string): { node: Node; flatten: "nchw" | "nhwc" } {
    const [height, width, channels] = node.shape;
    if (height * width === 1) return { node: this.inOrder(node, axis, label), flatten: "nchw" };
    const order = axis.map(({ of, extent, step }) => `${of} ${extent} ${step}`).join();
    const runs = (list: readonly [Run["of"], number][]) =>
      list.flatMap(([of, extent]) => (extent === 1 ? [] : [`${of} ${extent} 1`])).join();
    const [lines, columns, depth] = [["height", height] as const, ["width", width] as const, ["channels", channels] as const];
    if (order === runs([[...depth], [...lines], [...columns]])) return { node, flatten: "nchw" };
    if (order === runs([[...lines], [...columns], [...depth]])) return { node, flatten: "nhwc" };
    throw new Unsupported("it takes the values of an image in an order of its own");
  }

  /** "[1, 64, 7, 7]": the dims of a value and what they are. */
  describe(value: NetValue): string {
    const axes = value.axes.map((axis) => axis.map(({ of, extent }) => `${of} ${extent}`).join(" x ") || "1");
    return `[${axes.join(", ")}]`;
  }
}
