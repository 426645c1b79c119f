/** Attributes of a node (onnx.proto, of the ONNX project: AttributeProto). */
import { FormatError } from "../nets/weights/format-error.ts";
import { readTensor, type StoredTensor } from "./stored-tensor.ts";
import { integerOf, message, type Range, type WireReader } from "./wire.ts";

export interface Attribute {
  readonly name: string;
  /** AttributeProto.AttributeType: 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints, 8 strings... */
  readonly type: number;
  readonly float: number;
  readonly integer: number;
  readonly text: string;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
  readonly texts: readonly string[];
  readonly tensor: StoredTensor | undefined;
}

/** The type of the data that each field holds, by the field's number. */
const TYPE_OF_FIELD: Readonly<Record<number, number>> = {
  ...{ 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 9: 8, 10: 9, 11: 10, 22: 11, 23: 12, 14: 13, 15: 14 },
};

/** Throws FormatError where it does not say its type, or holds data of another. */
export async function readAttribute(reader: WireReader, range: Range): Promise<Attribute> {
  const attribute: { -readonly [K in keyof Attribute]: Attribute[K] } = {
    ...{ name: "", type: 0, float: 0, integer: 0, text: "", floats: [], integers: [], texts: [], tensor: undefined },
  };
  const [floats, integers, texts]: [number[], bigint[], string[]] = [[], [], []];
  const float: number[] = [];
  const held = new Set<number>();
  await reader.fields(range, async (field) => {
    const type = TYPE_OF_FIELD[field.number];
    if (type !== undefined) held.add(type);
    if (field.number === 1) attribute.name = await reader.text(field);
    else if (field.number === 2) await reader.floats(field, float);
    else if (field.number === 3) attribute.integer = integerOf(field);
    else if (field.number === 4) attribute.text = await reader.text(field);
    else if (field.number === 5 && attribute.tensor) throw new FormatError(`the attribute "${attribute.name}" has two tensors`);
    else if (field.number === 5) attribute.tensor = await readTensor(reader, message(field));
    else if (field.number === 7) await reader.floats(field, floats);
    else if (field.number === 8) await reader.integers(field, integers);
    else if (field.number === 9) texts.push(await reader.text(field));
    else if (field.number === 20) attribute.type = integerOf(field);
  });
  const { name, type } = attribute;
  if (type === 0) throw new FormatError(`the attribute "${name}" does not say of which type it is`);
  if ([...held].some((other) => other !== type)) throw new FormatError(`the attribute "${name}" holds data of another type than it says`);
  return { ...attribute, float: float.at(-1) ?? 0, floats, integers: integers.map(Number), texts };
}
