import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CommandError, describeError } from "../../src/cli/errors.ts";
import { type Outcome, runCli, runHere, temporaryFolder } from "../support/command-line.ts";

const CAT = "examples/cat.jpg";

/** Any attempt to start a browser would fail with another message than the expected one. */
const NO_BROWSER = "/nonexistent/chrome";
beforeEach(() => void vi.stubEnv("CHROME_PATH", NO_BROWSER));
afterEach(() => void vi.unstubAllEnvs());

const run = (args: readonly string[]) => runHere(args, { reports: true });

function expectOneLine({ code, stdout, stderr }: Outcome, message: RegExp): void {
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("    at ");
  expect(stdout).toBe("");
  expect(code).toBe(2);
}

test.each<[string, string[], RegExp]>([
  ["a misspelt flag", ["explain", CAT, "--sampels", "9"], /unknown option '--sampels' .*--samples/],
  ["no samples", ["explain", CAT, "--samples", "0"], /'--samples <n\|auto>' argument '0' .*whole number from 2 to/],
  ["an unknown class", ["explain", CAT, "--target", "tabbi"], /no class "tabbi".*tabby \(281\)/],
  [
    "a student that the synthesis cannot teach",
    ["explain", CAT, "--student", "smooth", "--synthesis", "residual"],
    /has none\. Choose sgd/,
  ],
  ["a missing image", ["explain", "nowhere.jpg"], /nowhere\.jpg: no such file\. Check the path/],
])("%s is refused before a browser starts, in one line with exit code 2", async (_, args, message) => {
  expectOneLine(await run(args), message);
});

test.each<[string, RegExp, (path: string) => Promise<unknown>]>([
  ["an empty file", /empty \(0 bytes\)\. Copy or download/, (path) => writeFile(path, "")],
  ["a text file", /not an image that can be read\. Give a photo as JPEG/, (path) => writeFile(path, "This is no photo.\n")],
  [
    "a truncated photo",
    /the image is damaged \(.*\)\. Copy or download/,
    async (path) => writeFile(path, (await readFile(CAT)).subarray(0, 9000)),
  ],
  [
    "an image 20,000 pixels wide",
    /20000 x 10 pixels is too large .*Scale the photo down/,
    (path) =>
      sharp({ create: { width: 20_000, height: 10, channels: 3, background: "red" } })
        .jpeg()
        .toFile(path),
  ],
])("%s is refused before a browser starts, in one line", async (_, message, make) => {
  const path = join(await temporaryFolder(), "photo.jpg");
  await make(path);
  expectOneLine(await run(["explain", path]), message);
});

test("a browser that does not start is named with its fix", async () => {
  // As a process of its own, unlike the others.
  expectOneLine(await runCli(["classify", CAT]), /CHROME_PATH is \/nonexistent\/chrome, which does not start\. Set it to/);
});

test("what is wrong stays in one line, and a fix keeps its own lines", () => {
  const error = new CommandError("two\n  lines", "Run:\n  python convert.py");
  expect(describeError(error)).toBe("error: two lines. Run:\n  python convert.py");
  expect(describeError(new Error("no\nfix"))).toBe("error: no fix.");
});

/** A copy of the teacher's weights file whose header `change` has edited. */
async function weightsWith(change: (header: Record<string, { shape: number[] }>) => void): Promise<Uint8Array> {
  const bytes = await readFile("weights/efficientnet-lite0.safetensors");
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  change(header);
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([size, padded, bytes.subarray(8 + length)]);
}

test.each<[string, RegExp, (path: string) => Promise<unknown>]>([
  ["missing", /the folder has none of efficientnet-lite0\.safetensors, model\.safetensors, .*\. Name another/, async () => {}],
  [
    "truncated",
    /efficientnet-lite0\.safetensors/,
    async (path) => writeFile(path, (await readFile("weights/efficientnet-lite0.safetensors")).subarray(0, 1e6)),
  ],
  [
    "an HTML page",
    /efficientnet-lite0\.safetensors/,
    (path) => writeFile(path, "<!doctype html><title>404</title><p>Not found, and no weights either.</p>"),
  ],
  [
    "of a wrong shape",
    /classifier\.bias/,
    async (path) =>
      writeFile(
        path,
        await weightsWith((header) => {
          (header["classifier.bias"] as { shape: number[] }).shape = [500, 2];
        }),
      ),
  ],
])(
  "a weights file that is %s gives one line and no file",
  async (_, message, make) => {
    const folder = await temporaryFolder();
    const out = join(folder, "out");
    await mkdir(join(folder, "weights"));
    await make(join(folder, "weights", "efficientnet-lite0.safetensors"));
    expectOneLine(await run(["explain", CAT, "--weights", join(folder, "weights"), "--out", out]), message);
    await expect(readFile(out)).rejects.toThrow("ENOENT");
  },
  60_000,
);
