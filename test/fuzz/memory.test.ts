import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "vite";
import { beforeAll, expect, test } from "vitest";
import { LONG } from "../support/long.ts";

const BYTES = 50e6;
const many = (count: number, item: (i: number) => string) => Array.from({ length: count }, (_, i) => item(i)).join(",");
const filled = (text: string) => text.repeat(BYTES / Buffer.byteLength(text));
const tensors = (count: number) => `{${many(count, (i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`)}}`;
const field = (value: string) => `{"a":{"x":${value},"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`;

/** Headers for which a careless reader needs many times their size, or long. */
const HEADERS: Readonly<Record<string, [outcome: string, header: () => string]>> = {
  "as many tensors as may be": ["taken", () => tensors(19_999)],
  ...(LONG
    ? {
        "too many tensors": ["BAD_WEIGHTS", () => tensors(1_000_000)],
        "too many names of metadata": ["BAD_WEIGHTS", () => `{"__metadata__":{${many(4_000_000, (i) => `"${i}":""`)}}}`],
        "lists in a field that is not known": ["taken", () => field(`[${filled("[],")}[]]`)],
        "numbers in a field that is not known": ["taken", () => field(`[${filled("1,")}1]`)],
        digits: ["BAD_WEIGHTS", () => field(filled("1"))],
        extents: ["BAD_WEIGHTS", () => `{"a":{"shape":[${filled("1,")}1]}}`],
        escapes: ["taken", () => `{"__metadata__":{"a":"${filled("\\ud83d\\ude00")}"}}`],
        "wide characters": ["taken", () => `{"__metadata__":{"a":"${filled("中")}"}}`],
        "a long name": ["BAD_WEIGHTS", () => `{"${filled("y")}":{}}`],
        nesting: ["BAD_WEIGHTS", () => `{"a":{"x":${filled("[")}`],
        padding: ["taken", () => `{}${filled(" ")}`],
      }
    : {}),
};

let folder: string;

/** A process of its own measures, so what it runs is bundled first. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relabel-test-"));
  const output = { entryFileNames: "entry.mjs" };
  await build({
    configFile: false,
    logLevel: "error",
    build: { ssr: "test/fuzz/memory-case.ts", outDir: folder, rolldownOptions: { output } },
  });
  return () => rm(folder, { recursive: true });
});

/** What reads the file, and how much memory it takes beside what V8 leaves to its garbage, by default up to 16 MB. */
const measure = (path: string) => promisify(execFile)(process.execPath, ["--max-semi-space-size=4", join(folder, "entry.mjs"), path]);

/** A field of a message: its number, and bytes, or a whole number. */
function wire(number: number, value: Uint8Array | number): Buffer {
  const varint = (given: number) => {
    const bytes: number[] = [];
    for (let rest = given; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) return Buffer.from([...bytes, rest]);
      bytes.push((rest % 128) + 128);
    }
  };
  if (typeof value === "number") return Buffer.concat([varint(8 * number), varint(value)]);
  return Buffer.concat([varint(8 * number + 2), varint(value.length), value]);
}

const text = (number: number, value: string) => wire(number, Buffer.from(value));
const repeated = (count: number, item: (i: number) => Buffer) => Buffer.concat(Array.from({ length: count }, (_, i) => item(i)));
const model = (...graph: Buffer[]) => Buffer.concat([wire(1, 8), wire(8, wire(2, 17)), wire(7, Buffer.concat(graph))]);
const nodeOf = (...fields: Buffer[]) => wire(1, Buffer.concat(fields));
const attribute = (type: number, ...fields: Buffer[]) => wire(5, Buffer.concat([text(1, "axes"), wire(20, type), ...fields]));
/** As many of the smallest as one message may have, and one of many megabytes. */
const PARTS = (1 << 13) - 8;
const EMPTY = Buffer.alloc(0);

/** Models for which a careless reader needs many times their size, or long. */
const MODELS: Readonly<Record<string, () => Buffer>> = {
  "as many nodes as may be": () => model(repeated(PARTS, () => wire(1, EMPTY))),
  "as many unknown operators as may be": () => model(repeated(PARTS, (i) => nodeOf(text(2, `${i}`), text(4, `${i}`)))),
  ...(LONG
    ? {
        "too many nodes": () => model(Buffer.alloc(BYTES, wire(1, EMPTY))),
        "as many tensors as may be": () => model(repeated(PARTS, (i) => wire(5, Buffer.concat([wire(2, 1), text(8, `${i}`)])))),
        "too many declared values": () => model(Buffer.alloc(BYTES, wire(13, EMPTY))),
        "too many inputs of a node": () => model(nodeOf(Buffer.alloc(BYTES, wire(1, EMPTY)))),
        "too many texts of an attribute": () => model(nodeOf(attribute(8, Buffer.alloc(BYTES, wire(9, EMPTY))))),
        "too many numbers of an attribute": () => model(nodeOf(attribute(7, wire(8, Buffer.alloc(BYTES))))),
        "numbers of a tensor, one by one": () =>
          model(wire(5, Buffer.concat([wire(1, 25e6), wire(2, 6), Buffer.alloc(BYTES, wire(5, 1))]))),
        "a long name": () => model(nodeOf(text(3, "x".repeat(BYTES)))),
        "many notes": () => Buffer.concat([model(), repeated(PARTS, (i) => wire(14, text(1, `${i}`)))]),
      }
    : {}),
};

test.for(Object.entries(MODELS))("a model of %s takes at most four times its size and 32 MB", async ([, make]) => {
  const path = join(folder, "big.onnx");
  const bytes = make();
  await writeFile(path, bytes);
  const { stdout } = await measure(path);
  const found = JSON.parse(stdout);
  expect(found.outcome).toBe("BAD_MODEL");
  expect(found.bytes).toBeLessThan(4 * bytes.length + 32e6);
});

test.for(Object.entries(HEADERS))("a header of %s takes at most four times its size and 32 MB", async ([, [outcome, header]]) => {
  const path = join(folder, "big.safetensors");
  const text = Buffer.from(header());
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([length, text]));
  const { stdout } = await measure(path);
  const found = JSON.parse(stdout);
  expect(found.outcome).toBe(outcome);
  expect(found.bytes).toBeLessThan(4 * text.length + 32e6);
});
