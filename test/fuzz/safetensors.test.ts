import assert from "node:assert/strict";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { rejected } from "../support/errors.ts";
import { accepted, check } from "./check.ts";
import { mutate, mutations } from "./mutation.ts";
import { fileOf, headerOf, type ModelTensor, models, readByRules, sizeOf, styles } from "./safetensors-model.ts";

const open = (file: Uint8Array<ArrayBuffer>) => openWeights(file.buffer, "net.safetensors");
const files = models.chain((model) => {
  const size = sizeOf(model);
  return fc.tuple(fc.constant(model), styles, fc.uint8Array({ minLength: size, maxLength: size }));
});

/** What the bytes of a tensor mean, value by value; undefined for types that are not read. */
function decode(type: string, bytes: Uint8Array): number[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const all = (size: number, read: (at: number) => number) =>
    Array.from({ length: bytes.length / size }, (_, i) => Math.fround(read(size * i)));
  if (type === "F32") return all(4, (at) => view.getFloat32(at, true));
  if (type === "F64") return all(8, (at) => view.getFloat64(at, true));
  if (type === "BF16") return all(2, (at) => new Float32Array(Uint32Array.of(view.getUint16(at, true) << 16).buffer)[0] as number);
  if (type !== "F16") return undefined;
  return all(2, (at) => {
    const bits = view.getUint16(at, true);
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
  });
}

test("a file that keeps the rules is taken, with its very tensors; values that are not finite are refused by name", async () => {
  await check(
    3000,
    fc.asyncProperty(files, async ([model, style, body]) => {
      const file = await open(fileOf(headerOf(model, style), body));
      const readable = model.filter(({ type }) => decode(type, new Uint8Array()));
      assert.deepEqual(file.names.toSorted(), readable.map(({ name }) => name).sort());
      for (const { name, type, shape, start, end } of model) {
        assert.deepEqual(file.shape(name), shape);
        const values = decode(type, body.subarray(start, end));
        const bad = values?.findIndex((value) => !Number.isFinite(value));
        if (values && bad === -1) assert.deepEqual([...(await file.read(name, shape))], values);
        else {
          const message = values ? `holds ${values[bad as number]} .*at index ${bad},` : `is of type ${type},`;
          assert.match(((await rejected(file.read(name, shape))) as Error).message, new RegExp(message));
        }
      }
    }),
  );
});

/** Limits of our own, which no net comes near. */
const LIMITS = /more than \d+ (extents|deep|keys)|longer than 4096 bytes|is not a whole number from 0 to 2\^53/;

/** Holds what the reader says of a file against the rules. */
async function judge(file: Uint8Array<ArrayBuffer>): Promise<void> {
  const wanted = readByRules(file);
  const error = await rejected(async () => {
    const found = await accepted(["BAD_WEIGHTS"], () => open(file));
    if (!found) throw new Error("refused");
    expect(wanted).toBeDefined();
    for (const { name, shape } of wanted as ModelTensor[]) expect(found.shape(name)).toEqual(shape);
  });
  if (!error) return;
  if ((error as Error).message !== "refused") throw error;
  if (wanted && !LIMITS.test(((await rejected(open(file))) as Error).message)) expect.fail("a valid file was refused");
}

/** What a header may say that the format forbids, or not. */
const mostly = <T>(usual: T, ...others: T[]) => fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, fc.constantFrom(...others));
const claims = fc.record({
  /** Bytes by which the tensors from some place on are moved. */
  gap: mostly(0, 1, 3, -1),
  from: fc.nat(),
  /** Comes before the tensors. */
  first: fc.constantFrom(
    ...["", '"__metadata__":null,', '"__metadata__":{"a":1},', '"__metadata__":{"a":"b","a":"b"},', '"__metadata__":{},'],
    ...['"__metadata__":{"a":"\\udead"},', '"__metadata__":[],', '"":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'],
  ),
  /** Whether a tensor comes twice. */
  again: mostly(false, true),
  number: mostly("$1", "$1.0", "$1e0", "0$1", '"$1"', "-$1"),
});

test("a header with false claims is taken only if it keeps the rules", async () => {
  await check(
    1500,
    fc.asyncProperty(files, claims, async ([model, style, body], { gap, from, first, again, number }) => {
      const start = model[from % model.length]?.start ?? 0;
      const moved = model.map((tensor) =>
        tensor.start < start ? tensor : { ...tensor, start: tensor.start + gap, end: tensor.end + gap },
      );
      const twin = again ? model[from % model.length] : undefined;
      const header = headerOf(twin ? [...moved, twin] : moved, { ...style, metadata: undefined })
        .replace("{", `{${model.length > 0 ? first : first.slice(0, -1)}`)
        .replace(/(\d+)(?=\s*\])/, number);
      await judge(fileOf(header, new Uint8Array(Math.max(0, body.length + gap))));
    }),
  );
});

const TOKEN = /"(?:[^"\\]|\\.)*"|\d+|[^"\d]/g;
const TOKENS = [
  ...["0", "1", "2", "-1", "-0", "1.0", "1e0", "01", "1e400", "9007199254740993", "18446744073709551616", "null", "true", "NaN"],
  ...[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "{}",
    "[]",
    " ",
    "\0",
    "\u00a0",
    "\ufeff",
    '"',
    "'",
    "\\",
    '""',
    '"a"',
    '"\\u0061"',
    '"\\ud800"',
    '"\n"',
  ],
  ...['"F32"', '"F16"', '"f32"', '"U8"', '"F128"', '"I64"', '"F4"', '"__metadata__"', '"dtype"', '"shape"', '"data_offsets"'],
  ...['"__metadata__":{},', '"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},', "[".repeat(3000), `"${"x".repeat(5000)}"`],
];

/** Exchanges, repeats, deletes or inserts words of the header. */
const edits = fc.array(
  fc.record({
    kind: fc.constantFrom("replace", "insert", "delete", "repeat", "swap"),
    at: fc.nat(),
    other: fc.nat(),
    token: fc.constantFrom(...TOKENS),
  }),
  { minLength: 1, maxLength: 3 },
);

function edit(header: string, changes: typeof edits extends fc.Arbitrary<infer Changes> ? Changes : never): string {
  const words = header.match(TOKEN) ?? [];
  for (const { kind, at, other, token } of changes) {
    const [place, second] = [at % words.length, other % words.length];
    const word = words[place] as string;
    if (kind === "replace") words[place] = token;
    else if (kind === "insert") words.splice(place, 0, token);
    else if (kind === "delete") words.splice(place, 1);
    else if (kind === "repeat") words.splice(second, 0, word);
    else [words[place], words[second]] = [words[second] as string, word];
  }
  return words.join("");
}

test("a header with changed words is taken only if it keeps the rules", async () => {
  await check(
    2000,
    fc.asyncProperty(files, edits, fc.constantFrom(0, 0, 0, 1, -1, 8), async ([model, style, body], changes, more) => {
      await judge(fileOf(edit(headerOf(model, style), changes), new Uint8Array(Math.max(0, body.length + more))));
    }),
  );
});

test("a file with changed bytes is taken only if it keeps the rules", async () => {
  await check(
    2000,
    fc.asyncProperty(files, mutations('{}[]",:0129 \\ue\0F_'), async ([model, style, body], changes) => {
      await judge(mutate(fileOf(headerOf(model, style), body), changes));
    }),
  );
});
