import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { forMarkdown, forSpreadsheet, forTerminal } from "../../src/cli/escape.ts";
import { markdownTable } from "../../src/cli/markdown-table.ts";
import { notify, printLine } from "../../src/cli/print.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { ProgressBar } from "../../src/cli/progress.ts";
import { cases, SEED } from "../support/long.ts";

/** A title for the terminal, a cleared screen in 7 and in 8 bits, a return that hides what stood there, a bell, and letters that run backwards. */
const EVIL = "\u001b]0;owned\u0007\u001b[2J\u009b2Jcat\r\u007fdog\u202egnp.exe\u2066\u2028";
/** Code points, from and to. */
const CONTROLS: readonly [number, number][] = [
  [0x00, 0x09],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x61c, 0x61c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
];
const controlsIn = (text: string) =>
  [...text].filter((letter) => CONTROLS.some(([low, high]) => letter >= String.fromCharCode(low) && letter <= String.fromCharCode(high)));
const RUNS = { numRuns: cases(2000), seed: SEED };
/** Any text, with more of what means something somewhere than chance has. */
const texts = fc.string({
  unit: fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), fc.constantFrom(...EVIL, ..."|\\`<>[]()!&\n\"'=+-@")),
});

test("what a terminal would obey is shown, line breaks stay, and JSON stays the same JSON", () => {
  expect(forTerminal("a\u001b[31mb\u009b\nc\u202e")).toBe("a\\u001b[31mb\\u009b\nc\\u202e");
  expect(forTerminal("né 日本語 🐈 עברית")).toBe("né 日本語 🐈 עברית");
  fc.assert(
    fc.property(texts, (text) => {
      const shown = forTerminal(text);
      expect(controlsIn(shown)).toEqual([]);
      expect(shown.split("\n")).toHaveLength(text.split("\n").length);
      expect(JSON.parse(forTerminal(JSON.stringify({ [text]: [text] }, undefined, 2)))).toEqual({ [text]: [text] });
    }),
    RUNS,
  );
});

describe("on the terminal", () => {
  let written: string;

  beforeEach(() => {
    written = "";
    const write = (chunk: unknown) => {
      written += chunk;
      return true;
    };
    vi.spyOn(process.stdout, "write").mockImplementation(write);
    vi.spyOn(process.stderr, "write").mockImplementation(write);
    const { exitCode } = process;
    return () => {
      vi.restoreAllMocks();
      process.exitCode = exitCode;
    };
  });

  test.each<[string, () => unknown]>([
    ["a line of results", () => printLine(EVIL)],
    ["a line for the user", () => notify(EVIL)],
    ["the name of a photo that is not there", () => command("classify", `${EVIL}.jpg`)],
    ["weights that are not there", () => command("classify", "examples/cat.jpg", "--weights", EVIL)],
    ["an option that does not exist", () => command("classify", "examples/cat.jpg", `--${EVIL}`)],
    ["a value that an option cannot have", () => command("explain", "examples/cat.jpg", "--student", EVIL)],
    ["the title and the note of a bar", () => showBar()],
  ])("%s has no control characters", async (_, show) => {
    await Promise.resolve(show()).catch((error: Error & { fix?: string }) => notify(`${error.message} ${error.fix}`));
    expect(written).toContain("\\u009b2Jcat");
    expect(controlsIn(written)).toEqual([]);
  });

  function command(...args: string[]): Promise<unknown> {
    return buildProgram(new AbortController().signal).parseAsync(["node", "relabel", ...args]);
  }

  function showBar(): void {
    const bar = new ProgressBar();
    bar.show(EVIL, 1, 2, { note: `${EVIL}\n` });
    bar.stop();
  }
});

test("nothing writes to the terminal but what escapes it", async () => {
  const files = (await readdir("src/cli", { recursive: true })).filter((name) => /\.(ts|mjs)$/.test(name));
  const writers = [];
  for (const name of files)
    if (/\b(stdout|stderr)\.write\b|console\./.test(await readFile(join("src/cli", name), "utf8"))) writers.push(name);
  expect(writers).toEqual(["print.ts"]);
});

test("no text adds a cell or a row to a table in Markdown, nor HTML, code, links or images", () => {
  expect(markdownTable(["a"], [["x|y`z<b>"]])).toContain("| x\\|y\\`z\\<b> |");
  fc.assert(
    fc.property(fc.array(fc.tuple(texts, texts, texts), { minLength: 1, maxLength: 4 }), (rows) => {
      const lines = markdownTable(["a", "b", "c"], rows).split("\n");
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines) {
        // What a backslash stands before is a letter.
        const plain = line.replace(/\\./gu, "x");
        expect(plain.match(/\|/g)).toHaveLength(4);
        expect(plain).not.toMatch(/[`<]|\]\(/);
      }
    }),
    RUNS,
  );
});

test("a name in a heading stays in its line", () => {
  expect(forMarkdown("a\n# b\\")).toBe("a # b\\\\");
});

test.each([
  ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", "'\r=1"],
  ["rise", "rise"],
  ["grad-cam", "grad-cam"],
])("text %j is %j for a spreadsheet", (text, cell) => {
  expect(forSpreadsheet(text)).toBe(cell);
});
