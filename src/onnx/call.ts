/** What an operator's importer is given, and how it reads attributes so that none is overlooked. */
import { Constant } from "./constants.ts";
import type { Attribute, ModelNode } from "./model-file.ts";
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
    if (attribute && attribute.type !== type && attribute.type !== 0) {
      throw new Unsupported(`its attribute ${name} is of another type than the standard's`);
    }
    return attribute;
  }

  integer(name: string, usual: number): number {
    return this.#attribute(name, TYPES.integer)?.integer ?? usual;
  }

  float(name: string, usual: number): number {
    return this.#attribute(name, TYPES.float)?.float ?? usual;
  }

  text(name: string, usual: string): string {
    return this.#attribute(name, TYPES.text)?.text ?? usual;
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
    if (unread.length > 0) throw new Unsupported(`it has the attribute ${unread.join(", ")}, which this operator does not know`);
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

  /** A list of whole numbers: an attribute of older opsets, an input of later ones. */
  async numbers(attribute: string, index: number): Promise<readonly number[] | undefined> {
    return this.integers(attribute) ?? (await this.constant(index)?.numbers());
  }
}

function describeKind(value: Value | undefined): string {
  if (value === undefined) return "absent";
  if ("outputs" in value) return `the ${value.outputs} of another layer, which only the output may be`;
  return "sides" in value ? "padded with -Infinity, which only a maximum pool takes" : "a part of a norm";
}

/** Imports a node: its value, or a list of them where it has several outputs. */
export type Importer = (call: Call) => Value | readonly Value[] | Promise<Value | readonly Value[]>;
