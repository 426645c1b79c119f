/** What an operator's importer is given, and how it reads attributes so that none is overlooked. */
import { FormatError } from "../nets/weights/format-error.ts";
import type { Attribute } from "./attributes.ts";
import { Constant } from "./constants.ts";
import type { ModelNode } from "./model-file.ts";
import type { NetBuilder } from "./net-builder.ts";
import { NetValue, Unsupported, type Value } from "./values.ts";

const TYPES = { float: 1, integer: 2, text: 3, tensor: 4, floats: 6, integers: 7, texts: 8 } as const;

export class Call {
  readonly #read = new Set<string>();

  constructor(
    readonly node: ModelNode,
    readonly inputs: readonly (Value | undefined)[],
    /** Version of the operators. */
    readonly opset: number,
    readonly builder: NetBuilder,
    /** What its layer is to be called. */
    readonly label: string,
    readonly constantOf: (tensor: NonNullable<Attribute["tensor"]>) => Constant,
  ) {}

  #attribute(name: string, type: number): Attribute | undefined {
    this.#read.add(name);
    const attribute = this.node.attributes.get(name);
    if (attribute && attribute.type !== type) {
      throw new Unsupported(`its attribute ${name} is of another type than the standard's`);
    }
    return attribute;
  }

  integer(name: string, usual: number): number {
    return this.#attribute(name, TYPES.integer)?.integer ?? usual;
  }

  /** Throws FormatError where it is neither 0 nor 1. */
  flag(name: string, usual = false): boolean {
    const given = this.integer(name, Number(usual));
    if (given !== 0 && given !== 1) throw new FormatError(`its ${name} is ${given}, neither 0 nor 1`);
    return given === 1;
  }

  float(name: string, usual: number): number {
    return this.#attribute(name, TYPES.float)?.float ?? usual;
  }

  /** One of a few words. Throws FormatError for any other. */
  word<W extends string>(name: string, usual: W, ...others: readonly W[]): W {
    const given = this.#attribute(name, TYPES.text)?.text ?? usual;
    if (given === usual || others.includes(given as W)) return given as W;
    throw new FormatError(`its ${name} is "${given}", none of ${[usual, ...others].join(", ")}`);
  }

  integers(name: string): readonly number[] | undefined {
    return this.#attribute(name, TYPES.integers)?.integers;
  }

  floats(name: string): readonly number[] | undefined {
    return this.#attribute(name, TYPES.floats)?.floats;
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.#attribute(name, TYPES.tensor)?.tensor;
    return tensor && this.constantOf(tensor);
  }

  /** Attributes that change nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#read.add(name);
  }

  /** Throws Unsupported where the node has attributes that nothing asked for. */
  requireAllRead(): void {
    const unread = [...this.node.attributes.keys()].filter((name) => !this.#read.has(name));
    if (unread.length > 0) throw new Unsupported(`its attribute ${unread.join(", ")} is not known here`);
  }

  /** Input `index` as a value of the net. Throws Unsupported where it is none. */
  net(index = 0): NetValue {
    const value = this.inputs[index];
    if (value instanceof NetValue) return value;
    throw new Unsupported(
      value instanceof Constant ? `its input ${index + 1} is a constant` : `its input ${index + 1} is ${describeKind(value)}`,
    );
  }

  /** Input `index` as a constant; undefined where there is none. Throws Unsupported where it depends on the photo. */
  constant(index: number): Constant | undefined {
    const value = this.inputs[index];
    if (value === undefined || value instanceof Constant) return value;
    throw new Unsupported(`its input ${index + 1} depends on the photo, where a constant is needed`);
  }

  /** As `constant`. Throws Unsupported where it is absent. */
  needed(index: number): Constant {
    const value = this.constant(index);
    if (!value) throw new Unsupported(`its input ${index + 1} is absent`);
    return value;
  }

  /** Input `index` as a list of numbers; undefined where there is none. Throws Unsupported where it has not one axis. */
  async list(index: number): Promise<readonly number[] | undefined> {
    const constant = this.constant(index);
    if (constant && constant.dims.length !== 1) throw new Unsupported(`its input ${index + 1} is no list of numbers`);
    return constant?.numbers();
  }

  /** A list of whole numbers: an attribute of older opsets, an input of later ones. */
  async numbers(attribute: string, index: number): Promise<readonly number[] | undefined> {
    return this.integers(attribute) ?? this.list(index);
  }
}

function describeKind(value: Value | undefined): string {
  if (value === undefined) return "absent";
  if ("outputs" in value) return `the ${value.outputs} of another layer, which only the output may be`;
  return "sides" in value ? "padded with -Infinity, which only a maximum pool takes" : "a part of a norm";
}

/** Imports a node: its value, or a list of them where it has several outputs. */
export type Importer = (call: Call) => Value | readonly Value[] | Promise<Value | readonly Value[]>;
