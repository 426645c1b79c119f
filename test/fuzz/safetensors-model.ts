import fc from "fast-check";

/** Bits of the types that the format defines. */
const BITS: Readonly<Record<string, number>> = {
  ...{ F4: 4, F6_E2M3: 6, F6_E3M2: 6, BOOL: 8, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E4M3FNUZ: 8, F8_E5M2FNUZ: 8 },
  ...{ U16: 16, I16: 16, F16: 16, BF16: 16, U32: 32, I32: 32, F32: 32, U64: 64, I64: 64, F64: 64, C64: 64 },
};

export interface ModelTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const names = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  fc.constantFrom("__proto__", "constructor", "toString", "", "features.0.weight"),
);
const tensors = fc.record({
  name: names.filter((name) => name !== "__metadata__"),
  type: fc.constantFrom("F32", "F16", "BF16", "F64", ...Object.keys(BITS)),
  shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
});

function bitsOf({ type, shape }: Pick<ModelTensor, "type" | "shape">): number {
  return shape.reduce((product, extent) => product * extent, BITS[type] as number);
}

/** Tensors that lie one behind the other, in any order. */
export const models: fc.Arbitrary<readonly ModelTensor[]> = fc
  .uniqueArray(
    tensors.filter((tensor) => bitsOf(tensor) % 8 === 0),
    { maxLength: 6, selector: ({ name }) => name },
  )
  .map((list) => {
    let free = 0;
    return list.map((tensor) => {
      const start = free;
      free += bitsOf(tensor) / 8;
      return { ...tensor, start, end: free };
    });
  })
  .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));

export const sizeOf = (model: readonly ModelTensor[]) => model.reduce((most, { end }) => Math.max(most, end), 0);

/** Every character as an escape. */
const escaped = (text: string) =>
  `"${Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join("")}"`;

/** What headers of the same tensors may differ in. */
export const styles = fc.record({
  metadata: fc.option(fc.dictionary(names, fc.string({ unit: "binary" }), { maxKeys: 3 }), { nil: undefined }),
  padding: fc.string({ unit: fc.constantFrom(" ", "\n", "\t", "\r"), maxLength: 9 }),
  space: fc.constantFrom("", " ", "\n\t"),
  escapes: fc.boolean(),
  fields: fc.shuffledSubarray(["dtype", "shape", "data_offsets", "extra"] as const, { minLength: 4 }),
});

export function headerOf(
  model: readonly ModelTensor[],
  { metadata, padding, space, escapes, fields }: typeof styles extends fc.Arbitrary<infer Style> ? Style : never,
): string {
  const quote = escapes ? escaped : (text: string) => JSON.stringify(text);
  const list = (numbers: readonly number[]) => `[${numbers.join(`${space},${space}`)}]`;
  const described = model.map(({ name, type, shape, start, end }) => {
    const values = { dtype: quote(type), shape: list(shape), data_offsets: list([start, end]), extra: '[null,{"a":-1.5e3}]' };
    return `${quote(name)}${space}:{${fields.map((field) => `${space}${quote(field)}:${space}${values[field]}`)}}`;
  });
  return `{${[...(metadata ? [`"__metadata__":${JSON.stringify(metadata)}`] : []), ...described].join(`,${space}`)}${space}}${padding}`;
}

export function fileOf(header: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(body, 8 + text.length);
  return file;
}

/** The tensors of a file that keeps every rule of the format, checked in another way than the reader does; undefined of any other file. */
export function readByRules(file: Uint8Array): ModelTensor[] | undefined {
  try {
    const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true);
    if (length > file.length - 8) return undefined;
    const bytes = file.subarray(8, 8 + Number(length));
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return text.startsWith("{") ? tensorsOf(text, file.length - 8 - bytes.length) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function tensorsOf(text: string, body: number): ModelTensor[] | undefined {
  JSON.parse(text, (_, value) => {
    if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError("beyond f64");
  });
  // Parsed again with strings and numbers told apart by a first letter, so that 2 and 2.0 differ.
  const tagged = text.replace(/"((?:[^"\\]|\\.)*)"|-?\d[\d.eE+-]*/g, (token, inner?: string) =>
    inner === undefined ? `"n${token}"` : `"s${inner}"`,
  );
  let keys = 0;
  let isText = true;
  const header = JSON.parse(tagged, (key, value) => {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) keys += Object.keys(value).length;
    isText &&= !/\p{Cs}/u.test(key) && !(typeof value === "string" && /\p{Cs}/u.test(value));
    return value;
  });
  const colons = tagged.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length ?? 0;
  if (!isText || colons !== keys) return undefined;
  const { s__metadata__: metadata, ...rest } = header as Record<string, Record<string, unknown>>;
  const strings =
    metadata === null ||
    metadata === undefined ||
    Object.values(metadata).every((value) => /^s/.test(String(value)) && typeof value === "string");
  if (!strings || Array.isArray(metadata) || typeof metadata === "string") return undefined;
  const whole = (value: unknown) => {
    if (typeof value !== "string" || !/^n(?:0|[1-9]\d*)$/.test(value)) throw new TypeError("no whole number");
    return Number(value.slice(1));
  };
  const found = Object.entries(rest).map(([key, { sdtype: dtype, sshape: shape, sdata_offsets: offsets }]): ModelTensor => {
    const [start, end] = (offsets as unknown[]).map(whole);
    if ((offsets as unknown[]).length !== 2) throw new TypeError("no pair of offsets");
    return {
      name: key.slice(1),
      type: (dtype as string).slice(1),
      shape: (shape as unknown[]).map(whole),
      start: start as number,
      end: end as number,
    };
  });
  let free = 0;
  for (const tensor of found.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (tensor.start !== free || !Object.hasOwn(BITS, tensor.type) || bitsOf(tensor) !== 8 * (tensor.end - tensor.start)) return undefined;
    free = tensor.end;
  }
  return free === body ? found : undefined;
}
