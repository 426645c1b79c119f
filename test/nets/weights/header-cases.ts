/** Headers of safetensors files, with what the reference reader (safetensors 0.8.0) says of them. */
export interface HeaderCase {
  readonly what: string;
  readonly header: string | Uint8Array<ArrayBuffer>;
  /** Bytes that follow the header. */
  readonly body: number;
  /** Whether the reference reader takes it. */
  readonly reference: boolean;
  /** What we say where we refuse it. */
  readonly message?: RegExp;
}

const tensor = (dtype: string, shape: string, start: number, end: number) =>
  `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`;
const A = `"a":${tensor("F32", "[2]", 0, 8)}`;
const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])));
const nested = (depth: number) => `{"a":{"x":${"[".repeat(depth)}${"]".repeat(depth)},${tensor("F32", "[2]", 0, 8).slice(1)}}`;

const taken = (what: string, header: HeaderCase["header"], body: number): HeaderCase => ({ what, header, body, reference: true });
const refused = (what: string, header: HeaderCase["header"], body: number, message: RegExp): HeaderCase => ({
  ...{ what, header, body, message },
  reference: false,
});
/** The format forbids it, or no program writes it, and the reference lets it pass. */
const stricter = (what: string, header: HeaderCase["header"], body: number, message: RegExp): HeaderCase => ({
  ...{ what, header, body, message },
  reference: true,
});

const SIZES: Readonly<Record<string, [shape: string, bytes: number]>> = {
  ...{ BOOL: ["[3]", 3], U8: ["[3]", 3], I8: ["[3]", 3], U16: ["[3]", 6], I16: ["[3]", 6], F16: ["[3]", 6], BF16: ["[3]", 6] },
  ...{ U32: ["[3]", 12], I32: ["[3]", 12], F32: ["[3]", 12], U64: ["[3]", 24], I64: ["[3]", 24], F64: ["[3]", 24], C64: ["[3]", 24] },
  ...{ F8_E4M3: ["[3]", 3], F8_E5M2: ["[3]", 3], F8_E8M0: ["[3]", 3], F8_E4M3FNUZ: ["[3]", 3], F8_E5M2FNUZ: ["[3]", 3] },
  ...{ F4: ["[2,3]", 3], F6_E2M3: ["[4]", 3], F6_E3M2: ["[4]", 3] },
};

export const HEADER_CASES: readonly HeaderCase[] = [
  taken("no tensor", "{}", 0),
  taken("one tensor", `{${A}}`, 8),
  taken("padding of spaces", `{${A}}     `, 8),
  taken("padding of other white space", `{${A}} \n\r\t`, 8),
  taken("white space between", `{ "a" :\n{"dtype" : "F32",\t"shape":[ 2 ] , "data_offsets":[0 ,8]} }`, 8),
  ...Object.entries(SIZES).map(([type, [shape, size]]) => taken(`the type ${type}`, `{"a":${tensor(type, shape, 0, size)}}`, size)),
  taken("a scalar", `{"a":${tensor("F32", "[]", 0, 4)}}`, 4),
  taken("an extent of 0", `{"a":${tensor("F32", "[3,0]", 0, 0)}}`, 0),
  taken("an empty tensor between others", `{"b":${tensor("U8", "[0]", 8, 8)},${A},"c":${tensor("U8", "[1]", 8, 9)}}`, 9),
  taken("tensors in another order than their bytes", `{"b":${tensor("U8", "[1]", 8, 9)},${A}}`, 9),
  taken("metadata", `{"__metadata__":{"format":"pt","":"\\ud83d\\ude00"},${A}}`, 8),
  taken("metadata that is null", `{"__metadata__":null,${A}}`, 8),
  taken("a field that is not known", `{"a":{"x":[1.5e3,{"y":null}],${tensor("F32", "[2]", 0, 8).slice(1)}}`, 8),
  taken("names that are escaped", `{"\\u0061":{"dty\\u0070e":"F\\u0033\\u0032","shape":[2],"data_offsets":[0,8]}}`, 8),
  taken("an empty name", `{"":${tensor("F32", "[2]", 0, 8)}}`, 8),
  taken("names of JavaScript's own", `{"__proto__":${tensor("U8", "[1]", 0, 1)},"constructor":${tensor("U8", "[1]", 1, 2)}}`, 2),
  taken("nesting of 125 in a field that is not known", nested(125), 8),

  stricter("a name that comes twice", `{"a":${tensor("U8", "[0]", 0, 0)},${A}}`, 8, /the key "a" comes twice/),
  stricter("a name that comes twice, once escaped", `{"\\u0061":${tensor("U8", "[0]", 0, 0)},${A}}`, 8, /the key "a" comes twice/),
  stricter("a key of the metadata that comes twice", `{"__metadata__":{"a":"b","a":"c"},${A}}`, 8, /the key "a" comes twice/),
  stricter("spaces before the object", ` {${A}}`, 8, /does not begin with \{/),
  stricter("a list instead of fields", '{"a":["F32",[2],[0,8]]}', 8, /has "\[" at byte 5 where \{ is due/),
  stricter("more extents than any library has", `{"a":${tensor("U8", `[${"1,".repeat(64)}1]`, 0, 1)}}`, 1, /more than 64 extents/),
  stricter("an extent above 2^53", `{"a":${tensor("U8", "[0,9007199254740993]", 0, 0)}}`, 0, /9007199254740993 is not a whole number/),

  refused("nothing", "", 0, /does not begin with \{/),
  refused("a list", "[]", 0, /does not begin with \{/),
  refused("null", "null", 0, /does not begin with \{/),
  refused("a byte order mark", bytes(0xef, 0xbb, 0xbf, `{${A}}`), 8, /does not begin with \{/),
  refused("padding of zeros", bytes(`{${A}}`, 0, 0), 8, /goes on with "\\u\{0\}"/),
  refused("more behind the object", `{${A}}{}`, 8, /goes on with "\{"/),
  refused("an object that does not end", `{${A}`, 8, /its end where \} is due/),
  refused("a comma at the end", `{${A},}`, 8, /has "\}" at byte \d+ where " is due/),
  refused("a name in single quotes", `{'a':${tensor("F32", "[2]", 0, 8)}}`, 8, /has "'" at byte 1 where " is due/),
  refused("a name of bytes that are no UTF-8", bytes('{"', 0xff, `":${tensor("F32", "[2]", 0, 8)}}`), 8, /not UTF-8/),
  refused("metadata of bytes that are no UTF-8", bytes('{"__metadata__":{"a":"', 0xc3, `"},${A}}`), 8, /not UTF-8/),
  refused("a surrogate as UTF-8", bytes('{"', 0xed, 0xa0, 0x80, `":${tensor("F32", "[2]", 0, 8)}}`), 8, /not UTF-8/),
  refused("half a pair of surrogates", `{"\\ud800":${tensor("F32", "[2]", 0, 8)}}`, 8, /wrong escape/),
  refused("half a pair of surrogates in the metadata", `{"__metadata__":{"a":"\\udc00"},${A}}`, 8, /wrong escape/),
  refused("an escape that is none", `{"\\x61":${tensor("F32", "[2]", 0, 8)}}`, 8, /wrong escape/),
  refused("a line break in a name", `{"a\n":${tensor("F32", "[2]", 0, 8)}}`, 8, /broken off/),
  refused("nesting of 128", nested(128), 8, /nested more than 127 deep/),
  refused("nesting without end", `{"a":{"x":${"[".repeat(100_000)}`, 0, /nested more than 127 deep/),
  refused("a number beyond f64", `{"a":{"x":1e400,${tensor("F32", "[2]", 0, 8).slice(1)}}`, 8, /1e400 is no JSON value/),
  refused("a literal that is none", `{"a":{"x":True,${tensor("F32", "[2]", 0, 8).slice(1)}}`, 8, /is no JSON value/),

  refused("metadata twice", `{"__metadata__":{},"__metadata__":{},${A}}`, 8, /the key "__metadata__" comes twice/),
  refused("metadata that is a string", `{"__metadata__":"pt",${A}}`, 8, /where \{ is due/),
  refused("metadata with a number", `{"__metadata__":{"epoch":1},${A}}`, 8, /"epoch" of its __metadata__ is not a string/),
  refused("metadata with a map", `{"__metadata__":{"a":{"b":"c"}},${A}}`, 8, /"a" of its __metadata__ is not a string/),
  refused("metadata with null", `{"__metadata__":{"a":null},${A}}`, 8, /"a" of its __metadata__ is not a string/),

  refused("a tensor that is null", '{"a":null}', 0, /tensor "a": it has "n" at byte 5 where \{ is due/),
  refused("a type twice", `{"a":{"dtype":"F32",${tensor("F32", "[2]", 0, 8).slice(1)}}`, 8, /tensor "a": the key "dtype" comes twice/),
  refused("no type", '{"a":{"shape":[2],"data_offsets":[0,8]}}', 8, /tensor "a" has no dtype/),
  refused("no shape", '{"a":{"dtype":"F32","data_offsets":[0,8]}}', 8, /tensor "a" has no shape/),
  refused("no offsets", '{"a":{"dtype":"F32","shape":[2]}}', 8, /tensor "a" has no data_offsets/),
  ...["F128", "F33", "f32", "float32", "", "F8", "F8_E4M3FN", "constructor"].map((type) =>
    refused(`the type "${type}"`, `{"a":${tensor(type, "[2]", 0, 8)}}`, 8, /tensor "a" is of type ".*", which the format does not define/),
  ),
  refused(
    "a type that is a number",
    '{"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}',
    8,
    /tensor "a": it has "3" at byte \d+ where " is due/,
  ),
  ...["2.0", "2e0", "-2", "-0", "02", '"2"', "null", "[2]", "18446744073709551616"].map((extent) =>
    refused(
      `the extent ${extent}`,
      `{"a":${tensor("F32", `[${extent}]`, 0, 8)}}`,
      8,
      /tensor "a": .* is not a whole number from 0 to|tensor "a": .*is due/,
    ),
  ),
  refused("a shape that is a number", `{"a":${tensor("F32", "2", 0, 8)}}`, 8, /tensor "a": it has "2" at byte \d+ where \[ is due/),
  refused(
    "offsets that are fractions",
    '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0.0,8.0]}}',
    8,
    /tensor "a": 0\.0 is not a whole number/,
  ),
  refused("one offset", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}', 8, /tensor "a" has no data_offsets of two numbers/),
  refused("three offsets", '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}', 8, /tensor "a" has no data_offsets of two numbers/),
  refused("offsets the wrong way round", `{"a":${tensor("F32", "[2]", 8, 0)}}`, 8, /tensor "a" ends before it begins/),
  refused("fewer bytes than the shape needs", `{"a":${tensor("F32", "[3]", 0, 8)}}`, 8, /tensor "a" F32\[3\] needs 12 bytes and has 8/),
  refused("half a byte", `{"a":${tensor("F4", "[3]", 0, 2)}}`, 2, /tensor "a" F4\[3\] needs another number of bytes/),
  refused("a part of a byte", `{"a":${tensor("F6_E2M3", "[2]", 0, 1)}}`, 1, /tensor "a" F6_E2M3\[2\] needs another/),
  refused(
    "a product of extents past 2^64",
    `{"a":${tensor("U8", "[4294967296,4294967296]", 0, 0)}}`,
    0,
    /tensor "a" U8\[.*\] needs another/,
  ),
  refused("the same, then 0", `{"a":${tensor("U8", "[4294967296,4294967296,0]", 0, 0)}}`, 0, /tensor "a" U8\[.*\] needs another/),
  refused("a hole before the first tensor", `{"a":${tensor("F32", "[2]", 1, 9)}}`, 9, /tensor "a" comes after 1 bytes that belong to none/),
  refused("a hole between tensors", `{${A},"b":${tensor("U8", "[1]", 9, 10)}}`, 10, /tensor "b" comes after 1 bytes that belong to none/),
  refused("tensors that overlap", `{${A},"b":${tensor("U8", "[4]", 4, 8)}}`, 8, /tensor "b" overlaps another/),
  refused("two names for the same bytes", `{${A},"b":${tensor("F32", "[2]", 0, 8)}}`, 8, /tensor "b" overlaps another/),
  refused("bytes behind the last tensor", `{${A}}`, 9, /1 bytes after the last tensor/),
  refused("a tensor past the end", `{${A}}`, 7, /tensor "a" lies outside the file \(bytes 0 to 8 of 7\); it is truncated/),
  refused("bytes and no tensor", "{}", 1, /1 bytes after the last tensor/),
];

/** The file with this header. */
export function headerFile({ header, body }: Pick<HeaderCase, "header" | "body">): ArrayBuffer {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + body);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file.buffer;
}
