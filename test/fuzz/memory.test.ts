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

test.for(Object.entries(HEADERS))("a header of %s takes at most four times its size and 32 MB", async ([, [outcome, header]]) => {
  const path = join(folder, "big.safetensors");
  const text = Buffer.from(header());
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  await writeFile(path, Buffer.concat([length, text]));
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, "entry.mjs"), path]);
  const found = JSON.parse(stdout);
  expect(found.outcome).toBe(outcome);
  expect(found.bytes).toBeLessThan(4 * text.length + 32e6);
});
