import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { stemOf } from "../../src/cli/names.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

/** What is read, and refused, as a photo where this is standard input. */
async function given(input: Readable, isTTY = false) {
  vi.spyOn(process, "stdin", "get").mockReturnValue(Object.assign(input, { isTTY }) as unknown as typeof process.stdin);
  const { checkPhoto, readPhoto } = await import("../../src/cli/read-photo.ts");
  const refused = await checkPhoto("-").catch(({ message, fix }) => `${message}. ${fix}`);
  return { refused, read: () => readPhoto("-"), readFile: readPhoto };
}

test("a photo through standard input is the photo in the file, and is read once for all", async () => {
  const { refused, read, readFile } = await given(createReadStream("examples/cat.jpg"));
  expect(refused).toBeUndefined();
  const photo = await read();
  expect(photo).toEqual(await readFile("examples/cat.jpg"));
  expect(await read()).toEqual(photo);
});

test.each<[string, Readable, boolean, RegExp]>([
  ["nothing", Readable.from([]), false, /^standard input: the file is empty/],
  ["text", Readable.from([Buffer.from("hello")]), false, /^standard input: not an image/],
  ["the keyboard", Readable.from([]), true, /^standard input: it is the keyboard\. Pipe a photo/],
])("%s is refused", async (_, input, isTTY, says) => {
  expect((await given(input, isTTY)).refused).toMatch(says);
});

test("its files have a name", () => {
  expect(stemOf("-")).toBe("stdin");
});
