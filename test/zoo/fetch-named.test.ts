import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import type { ByteSource } from "../../src/nets/weights/bytes.ts";
import { fetchNamed } from "../../src/zoo/fetch-named.ts";
import { PACKAGE_WEIGHTS } from "../../src/zoo/package-weights.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { rejected } from "../support/errors.ts";

const LITE0 = findTeacher("efficientnet-lite0");

test.each(Object.entries(PACKAGE_WEIGHTS))("%s is the file that is known", async (file, { sha256, size }) => {
  const bytes = await readFile(`weights/${file}`);
  expect([createHash("sha256").update(bytes).digest("hex"), bytes.length]).toEqual([sha256, size]);
});

describe("in Node", () => {
  test.each([
    ["auto", "auto"],
    ["a folder's address", pathToFileURL("weights/")],
    ["a file's address", pathToFileURL("weights/efficientnet-lite0.safetensors")],
  ])("%s leads to the file on the disk", async (_, given) => {
    const source = (await fetchNamed(given, LITE0.file, LITE0, {})) as ByteSource;
    const bytes = await readFile("weights/efficientnet-lite0.safetensors");
    expect(source.size).toBe(bytes.length);
    expect(Buffer.from(await source.read(100, 5_000_000)).equals(bytes.subarray(100, 5_000_000))).toBe(true);
  });

  test("a session's VAE is found even where the teacher's file is given", async () => {
    const source = (await fetchNamed(
      pathToFileURL("weights/efficientnet-lite0.safetensors"),
      "vae.safetensors",
      undefined,
      {},
    )) as ByteSource;
    expect(source.size).toBe(PACKAGE_WEIGHTS["vae.safetensors"]?.size);
  });

  test("a file that is published nowhere has to be given", async () => {
    expect(await rejected(fetchNamed("auto", "own.safetensors", undefined, {}))).toMatchObject({
      code: "BAD_OPTION",
      message: expect.stringMatching(/needs the file own\.safetensors/),
    });
    expect(await rejected(fetchNamed("auto", "googlenet.safetensors", findTeacher("googlenet"), {}))).toMatchObject({
      code: "BAD_OPTION",
      message: expect.stringMatching(/needs the file googlenet\.safetensors, which is published nowhere/),
      fix: expect.stringMatching(/^Give `weights`/),
    });
  });

  test.each([
    ["a path", "weights/", { code: "BAD_OPTION", message: "The weights are at weights/, which is no address." }],
    ["a folder without the file", pathToFileURL("docs/"), { code: "BAD_WEIGHTS", message: expect.stringContaining("ENOENT") }],
  ])("%s is refused", async (_, given, error) => {
    expect(await rejected(fetchNamed(given, LITE0.file, LITE0, {}))).toMatchObject(error);
  });
});
