import assert from "node:assert/strict";
import { type Command, CommanderError } from "commander";
import fc from "fast-check";
import { afterEach, test, vi } from "vitest";
import { CommandError, describeError } from "../../src/cli/errors.ts";
import { type ExplainCommandOptions, explanationSettings } from "../../src/cli/flags.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { EngineError, METHODS } from "../../src/faces/all.ts";
import { check } from "./check.ts";

afterEach(() => vi.restoreAllMocks());

const commandsOf = (command: Command): Command[] => [command, ...command.commands.flatMap(commandsOf)];

/** The program without what its commands do: they only look whether their options go together. */
function parser(): Command {
  const program = buildProgram(new AbortController().signal);
  for (const command of commandsOf(program)) {
    const explains = command.options.some(({ long }) => long === "--set");
    command.action(() => {
      if (explains) explanationSettings(command.opts() as ExplainCommandOptions);
    });
  }
  return program;
}

const flags = [...new Set(commandsOf(parser()).flatMap(({ options }) => options.map(({ long, short }) => long ?? (short as string))))];
const parameters = METHODS.flatMap(({ name, parameters }) => Object.keys(parameters).map((parameter) => [name, parameter] as const));

const values = fc.oneof(
  fc.constantFrom("1", "0", "-1", "2.5", "1e3", "NaN", "Infinity", "0x10", " 7 ", "", "4294967296", "1/2", "2/2", "--", "-"),
  fc.constantFrom("grey,blur", "gated", "sgd", "ridge", "f16", "rise-fast", "road,infidelity", "tabby", "n02123045", "cat", "crop", "node"),
  fc.constantFrom("rise", "all", "rise,lime", "relabel,rise,", "efficientnet-lite0", "__proto__", "constructor", "toString"),
  fc
    .constantFrom(...parameters)
    .chain(([method, name]) => fc.constantFrom(`${name}=`, `${name}=3`, `${method}.${name}=1`, `${method}.${name}=x=y`)),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({ minLength: 300, maxLength: 700 }),
);
const words = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom(...flags), values).map((pair) => pair) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...flags), values).map(([flag, value]) => [`${flag}=${value}`]) },
  { weight: 1, arbitrary: fc.constantFrom(...flags).map((flag) => [flag]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("cat.jpg", "merge", "explain", "help", "--help", "-h", "--version", "-V", "--no-tuning")
      .map((word) => [word]),
  },
  { weight: 1, arbitrary: values.map((value) => [value]) },
);
const starts = fc.constantFrom(
  ...[
    ["explain", "cat.jpg"],
    ["classify", "cat.jpg"],
    ["check", "cat.jpg"],
    ["tsne", "cat.jpg"],
    ["profile", "explain", "cat.jpg"],
    ["reflect", "blur.wgsl"],
  ],
  ...[["profile"], ["profile", "classify", "cat.jpg"], ["evaluate", "photos"], ["evaluate", "merge", "out"], ["tune"], ["weights"], []],
);

test("any arguments are understood, or refused in one line", async () => {
  let written = "";
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((text) => {
      if (stream === process.stderr) written += String(text);
      return true;
    });
  }
  let understood = 0;
  await check(
    2000,
    fc.asyncProperty(starts, fc.array(words, { maxLength: 5 }), async (start, rest) => {
      written = "";
      try {
        await parser().parseAsync([...start, ...rest.flat()], { from: "user" });
        understood++;
      } catch (error) {
        if (error instanceof CommandError || error instanceof EngineError) written += `${describeError(error)}\n`;
        else if (!(error instanceof CommanderError)) throw error;
        else if (error.exitCode === 0) return;
        // Help takes many lines.
        if (!/^Usage:/m.test(written)) assert.match(written, /^error: [^\n]+\n$/);
      }
    }),
  );
  assert.ok(understood > 0);
});
