import { describe, expect, test } from "vitest";
import { EngineError } from "../../../src/engine/errors.ts";
import { decodeHalf } from "../../../src/nets/weights/half-floats.ts";
import { openWeights } from "../../../src/nets/weights/open-weights.ts";
import { rejected } from "../../support/errors.ts";
import { encodeSafetensors, f32, half } from "../../support/safetensors-file.ts";
import { HEADER_CASES, headerFile } from "./header-cases.ts";

const TENSORS = {
  "conv.weight": f32([2, 3], [1, -2, 3, -4, 5, -6]),
  "bn.weight": f32([2], [0.5, 0.25]),
  counter: { dtype: "I64", shape: [], bytes: new Uint8Array(8) },
};
const WANTED = new Map([
  ["conv.weight", [2, 3]],
  ["bn.weight", [2]],
]);

const open = (data: ArrayBuffer) => openWeights(data, "net.safetensors");
const bytesOf = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;

async function expectBad(work: () => unknown, what: RegExp): Promise<void> {
  const error = await rejected(async () => work());
  expect(error).toBeInstanceOf(EngineError);
  expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringMatching(what), fix: expect.stringMatching(/\S/) });
  expect((error as Error).message).toContain("net.safetensors");
}

describe("a valid file", () => {
  test("F32 comes back bit for bit, from any byte offset", async () => {
    const values = [0, -0, 1e-45, -3.4e38, (2 - 2 ** -23) * 2 ** 127, Math.PI];
    // An odd number of bytes before puts the floats off their alignment.
    const file = await open(encodeSafetensors({ odd: { dtype: "U8", shape: [3], bytes: new Uint8Array(3) }, x: f32([2, 3], values) }));
    expect(file.shape("x")).toEqual([2, 3]);
    expect([...(await file.read("x", [2, 3]))]).toEqual([...Float32Array.from(values)]);
  });

  test("F16 becomes exactly the f32 of the same value: normal, subnormal", async () => {
    const bits = [0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x3555];
    const expected = [0, -0, 1, -2, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24, 0.333251953125];
    const values = await (await open(encodeSafetensors({ x: half("F16", [9], bits) }))).read("x", [9]);
    for (const [i, value] of expected.entries()) expect(values[i]).toBe(value);
  });

  test("every F16 word decodes to the value that its fields mean", () => {
    const all = decodeHalf(Uint16Array.from({ length: 65536 }, (_, bits) => bits));
    for (let bits = 0; bits < 65536; bits++) {
      const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
      const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
      const value = exponent === 31 ? (fraction ? Number.NaN : Infinity) : size;
      if (!Object.is(all[bits], bits & 0x8000 ? -value : value)) expect.fail(`${bits.toString(16)}: ${all[bits]}, not ${value}`);
    }
  });

  test("BF16 becomes exactly the f32 with the same upper half", async () => {
    const bits = [0x3f80, 0xc049, 0x0001, 0x7f7f, 0x8000];
    const values = await (await open(encodeSafetensors({ x: half("BF16", [5], bits) }))).read("x", [5]);
    expect([...new Uint32Array(values.buffer)]).toEqual(bits.map((word) => word * 65536));
  });

  test("F64 is rounded to f32", async () => {
    const bytes = new Uint8Array(Float64Array.of(1 / 3, -1e-300, 2 ** 60).buffer);
    const file = await open(encodeSafetensors({ x: { dtype: "F64", shape: [3], bytes } }));
    expect([...(await file.read("x", [3]))]).toEqual([Math.fround(1 / 3), -0, 2 ** 60]);
  });

  test("metadata and tensors of other types do not disturb", async () => {
    const file = await open(encodeSafetensors(TENSORS, (header) => ({ __metadata__: { net: "x" }, ...header })));
    expect(file.names).toEqual(["conv.weight", "bn.weight"]);
    expect(() => file.expect("a net", WANTED)).not.toThrow();
    await expectBad(() => file.read("counter", []), /"counter" is of type I64, and only F32, F64, F16, BF16 are read/);
  });

  test("begins as a pickle does if its header has 640 bytes", async () => {
    const file = encodeSafetensors({ x: f32([1], [7]) }, (header) => ({ __metadata__: { a: "b".repeat(562) }, ...header }));
    expect([...new Uint8Array(file, 0, 2)]).toEqual([0x80, 2]);
    expect([...(await (await open(file)).read("x", [1]))]).toEqual([7]);
  });

  test("an empty tensor and a scalar", async () => {
    const file = await open(encodeSafetensors({ none: f32([0, 4], []), one: f32([], [7]) }));
    expect([...(await file.read("none", [0, 4]))]).toEqual([]);
    expect([...(await file.read("one", []))]).toEqual([7]);
  });
});

describe("a spoilt file is refused when it is opened", () => {
  const whole = encodeSafetensors(TENSORS);

  test.each([
    ["0 bytes", new ArrayBuffer(0), /0 bytes/],
    ["less than its length field", new ArrayBuffer(7), /7 bytes/],
    ["a web page", bytesOf("<!DOCTYPE html><html><body>Not found</body></html>"), /web page/],
    ["a web page after blanks", bytesOf("\n\n  <html>\n<head></head></html>"), /web page/],
    ["a pointer", bytesOf("version https://git-lfs.github.com/spec/v1\noid sha256:00"), /it is a Git LFS pointer/],
    ["an answer", bytesOf("Entry not found"), /it is the text "Entry not found"/],
    ["an error", bytesOf('{"error":"Access to this model is restricted."}'), /it is the text "\{"error":"Access/],
    ["Keras's format", new Uint8Array([0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10]).buffer, /HDF5/],
    ["llama.cpp's format", bytesOf("GGUF\u0003\0\0\0\0\0"), /GGUF/],
    ["an ONNX model", new Uint8Array([8, 8, 0x12, 7, 0x70, 0x79, 0x74, 0x6f, 0x72, 0x63, 0x68]).buffer, /it is an ONNX model/],
    ["cut off in its header", whole.slice(0, 40), /truncated/],
    ["cut off in its data", whole.slice(0, whole.byteLength - 9), /truncated/],
    ["bytes too many", new Uint8Array([...new Uint8Array(whole), 0, 0]).buffer, /2 bytes after the last tensor/],
    ["a header that is no JSON", encodeRaw("{]"), /has "\]" at byte 1 where " is due/],
    ["a header that is no UTF-8", encodeRaw("{\u00ff", "latin1"), /not UTF-8/],
    ["a header that is no object", encodeRaw("[1]"), /does not begin with \{/],
    ["a header that is null", encodeRaw("null"), /does not begin with \{/],
  ])("%s", (_, data, what) => expectBad(() => open(data), what));

  function encodeRaw(text: string, encoding: "utf8" | "latin1" = "utf8"): ArrayBuffer {
    const header = Buffer.from(text, encoding);
    const file = Buffer.alloc(8 + header.length);
    file.writeBigUInt64LE(BigInt(header.length));
    header.copy(file, 8);
    return new Uint8Array(file).buffer;
  }

  test.each([
    ["a tensor that is null", { "bn.weight": null }, /"bn\.weight": it has "n" at byte \d+ where \{ is due/],
    ["a negative extent", { "bn.weight": { dtype: "F32", shape: [-2], data_offsets: [24, 32] } }, /bn\.weight/],
    ["a fractional extent", { "bn.weight": { dtype: "F32", shape: [2.5], data_offsets: [24, 32] } }, /bn\.weight/],
    [
      "a shape of another size than its bytes",
      { "bn.weight": { dtype: "F32", shape: [3], data_offsets: [24, 32] } },
      /needs 12 bytes and has 8/,
    ],
    [
      "offsets the wrong way round",
      { "bn.weight": { dtype: "F32", shape: [2], data_offsets: [32, 24] } },
      /"bn\.weight" ends before it begins \(bytes 32 to 24\)/,
    ],
    ["offsets past the end", { "bn.weight": { dtype: "F32", shape: [2], data_offsets: [40, 48] } }, /outside the file/],
    ["one offset", { "bn.weight": { dtype: "F32", shape: [2], data_offsets: [24] } }, /bn\.weight/],
    ["tensors that overlap", { "bn.weight": { dtype: "F32", shape: [2], data_offsets: [20, 28] } }, /"bn\.weight" overlaps/],
    ["a product of extents past 2^53", { "bn.weight": { dtype: "F32", shape: [2 ** 40, 2 ** 40], data_offsets: [24, 32] } }, /bn\.weight/],
  ])("%s", async (_, change, what) => {
    await expectBad(() => open(encodeSafetensors(TENSORS, (header) => ({ ...header, ...change }))), what);
  });
});

describe("the header", () => {
  test.each(HEADER_CASES.map((header) => [header.message ? "refused" : "taken", header.what, header] as const))(
    "is %s with %s",
    async (_, __, header) => {
      // Nothing is taken that the reference refuses.
      expect(header.reference || header.message !== undefined).toBe(true);
      if (header.message) await expectBad(() => open(headerFile(header)), header.message);
      else await open(headerFile(header));
    },
  );

  test("may not be longer than the reference's 100 MB", async () => {
    const source = { name: "net.safetensors", size: 2e8, read: async () => Uint8Array.of(1, 225, 245, 5, 0, 0, 0, 0) };
    await expectBad(() => openWeights(source, "net.safetensors"), /header is longer than/);
  });

  test.each([
    ["a name", `{"${"a".repeat(100)}\\u001b[31m${"x".repeat(9000)}":1}`, /longer than 4096 bytes/],
    ["a name with control characters", '{"\\u001b[31m\\u202e":{}}', /tensor "\\u\{1b\}\[31m\\u\{202e\}" has no dtype/],
    ["a type", `{"a":{"dtype":"${"F".repeat(3000)}"}}`, /is of type "F{80}…"/],
    ["a number", `{"a":{"shape":[${"1".repeat(5000)}]}}`, /1{80}… is not a whole number/],
    [
      "very many keys",
      `{${Array.from({ length: 100_000 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`,
      /80000 keys/,
    ],
  ])("gives a short message without control characters for %s", async (_, header, what) => {
    const error = (await rejected(open(headerFile({ header, body: 0 })))) as EngineError;
    expect(error.message).toMatch(what);
    expect(error.message.length).toBeLessThan(300);
    expect(error.message).not.toMatch(/\p{C}/u);
  });
});

describe("a value that is not finite is refused with its file, tensor and place", () => {
  test.each([
    ["NaN in F32", f32([2, 3], [1, 2, 3, 4, Number.NaN, Number.NaN]), "NaN at index 4, [1, 1]"],
    ["infinity in F32", f32([2, 3], [1, 2, 3, 4, 5, Number.POSITIVE_INFINITY]), "Infinity at index 5, [1, 2]"],
    ["minus infinity in F32", f32([1], [Number.NEGATIVE_INFINITY]), "-Infinity at index 0, [0]"],
    ["NaN in a scalar", f32([], [Number.NaN]), "NaN at index 0, []"],
    ["infinity in F16", half("F16", [2, 1, 2, 2], [0, 1, 2, 3, 4, 0x7c00, 6, 7]), "Infinity at index 5, [1, 0, 0, 1]"],
    ["NaN in F16", half("F16", [3], [0, 0, 0xfe00]), "NaN at index 2, [2]"],
    ["infinity in BF16", half("BF16", [3], [0xff80, 0, 0]), "-Infinity at index 0, [0]"],
    ["NaN in BF16", half("BF16", [3], [0, 0x7fc1, 0]), "NaN at index 1, [1]"],
    [
      "F64 beyond F32",
      { dtype: "F64", shape: [2], bytes: new Uint8Array(Float64Array.of(1, 4e38).buffer) },
      "Infinity in single precision at index 1, [1]",
    ],
  ])("%s", async (_, stored, what) => {
    const file = await open(encodeSafetensors({ before: f32([1], [0]), x: stored }));
    const error = (await rejected(file.read("x", stored.shape))) as EngineError;
    expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: `net.safetensors: tensor "x" holds ${what}.` });
  });

  test("wherever in the tensor it lies, also in rows that are read apart", async () => {
    for (let at = 0; at < 21; at++) {
      const values = Array(21).fill(1);
      values[at] = Number.NaN;
      const file = await open(encodeSafetensors({ x: f32([7, 3], values) }));
      const [row, column] = [Math.floor(at / 3), at % 3];
      const where = { message: expect.stringContaining(`NaN at index ${at}, [${row}, ${column}]`) };
      expect(await rejected(file.read("x", [7, 3]))).toMatchObject(where);
      expect(await rejected(file.read("x", [7, 3], row, 1))).toMatchObject(where);
      if (row > 0) await file.read("x", [7, 3], 0, row);
    }
  });

  test("in a shard, whose name is given", async () => {
    const shard = (file: string) => encodeSafetensors(file === "b.safetensors" ? { b: f32([1], [Number.NaN]) } : { a: f32([1], [1]) });
    const file = await openWeights({ index: ["a.safetensors", "b.safetensors"], shard }, "whole");
    expect(await rejected(file.read("b", [1]))).toMatchObject({ message: expect.stringMatching(/^b\.safetensors: tensor "b"/) });
  });
});

describe("a file that does not hold the net is refused before anything is read", () => {
  const file = () => open(encodeSafetensors(TENSORS));

  test("the first missing key is named, with the first that the net does not have", async () => {
    const wanted = new Map([
      ["conv.weight", [2, 3]],
      ["head.weight", [4]],
    ]);
    await expectBad(
      async () => (await file()).expect("a net", wanted),
      /it lacks "head\.weight" \(1 in all\) and it has an unexpected "bn\.weight" \(1 in all\)/,
    );
  });

  test("a key that the net does not have is no harmless extra: the file may be of a larger net", async () => {
    await expectBad(async () => (await file()).expect("a net", new Map([["bn.weight", [2]]])), /unexpected "conv\.weight"/);
  });

  test("a wrong shape is named with both shapes", async () => {
    await expectBad(
      async () => (await file()).expect("a net", new Map([...WANTED, ["bn.weight", [1, 2]]])),
      /"bn\.weight" has shape \[2\] where \[1,2\] is needed/,
    );
    await expectBad(async () => (await file()).read("conv.weight", [3, 2]), /"conv\.weight" has shape \[2,3\]/);
  });

  test("a matrix may be kept as a convolution over an image, but not the other way round; extents of 1 at the end are nothing", async () => {
    const held = await open(encodeSafetensors({ fc: f32([2, 3, 1, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) }));
    expect([...(await held.read("fc", [2, 6]))].slice(6)).toEqual([7, 8, 9, 10, 11, 12]);
    await expectBad(() => held.read("fc", [3, 4]), /"fc" has shape/);
    await expectBad(async () => (await file()).read("conv.weight", [2, 1, 3]), /"conv\.weight" has shape/);
    expect(await (await file()).read("conv.weight", [2, 3, 1, 1])).toEqual(await (await file()).read("conv.weight", [2, 3]));
  });
});

describe("a PyTorch checkpoint is refused with the commands that convert it", () => {
  test("which do not overwrite one that was renamed", async () => {
    const pickle = new Uint8Array([0x80, 2, 0x7d, 0x71, 0, 0x28, 0x58, 1, 0, 0]).buffer;
    const { fix } = (await rejected(openWeights(pickle, "own.safetensors"))) as EngineError;
    expect(fix).toMatch(/" "own\.safetensors" "own\.converted\.safetensors"\n/);
  });

  test.each([
    ["a zip archive", [0x50, 0x4b, 3, 4, 0, 0, 0, 0, 8, 8]],
    ["a pickle", [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9]],
  ])("%s", async (_, bytes) => {
    const error = (await rejected(openWeights(new Uint8Array(bytes).buffer, "resnet50.pth"))) as EngineError;
    expect(error).toMatchObject({ code: "BAD_WEIGHTS", message: expect.stringContaining("resnet50.pth is a PyTorch checkpoint") });
    const [, install, convert] = error.fix.split("\n");
    expect(install).toBe("pip install torch safetensors");
    expect(convert).toMatch(/^python -c "[^"$`!%\\]+" "resnet50\.pth" "resnet50\.safetensors"$/);
  });

  test.each([
    ["it's/tuned v1.pth", '"it\'s/tuned v1.pth" "it\'s/tuned v1.safetensors"'],
    ["C:\\Users\\new\\tabby.pth", '"C:\\Users\\new\\tabby.pth" "C:\\Users\\new\\tabby.safetensors"'],
    ["a$HOME`id`b/q.pth", '"checkpoint.pth" "weights.safetensors"'],
    ['q"x.pth', '"checkpoint.pth" "weights.safetensors"'],
  ])("at %s, which no shell takes for more than a name", async (path, given) => {
    const error = (await rejected(openWeights(new Uint8Array([0x80, 2, 0x8a]).buffer, path))) as EngineError;
    expect(error.fix.split("\n")[2]?.endsWith(given)).toBe(true);
  });
});

test("a few rows are read from where they lie, and nothing else", async () => {
  const whole = encodeSafetensors({
    a: f32([1], [9]),
    x: half("F16", [4, 3], [...Array(12).keys()]),
    y: f32([4, 2], [...Array(8).keys()]),
  });
  const asked: [number, number][] = [];
  const source = {
    ...{ name: "net.safetensors", size: whole.byteLength },
    async read(start: number, end: number) {
      asked.push([start, end]);
      return new Uint8Array(whole.slice(start, end));
    },
  };
  const file = await openWeights(source, "net.safetensors");
  asked.length = 0;
  expect([...(await file.read("y", [4, 2], 1, 2))]).toEqual([2, 3, 4, 5]);
  expect([...(await file.read("x", [4, 3], 3, 1))]).toEqual([9, 10, 11].map((bits) => bits * 2 ** -24));
  expect(asked.map(([start, end]) => end - start)).toEqual([16, 6]);
});
