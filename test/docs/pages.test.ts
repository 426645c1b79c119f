import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Command } from "commander";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { buildProgram as buildBench } from "../../bench/cli/program.ts";
import { buildGpuProgram } from "../../bench/gpu/program.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { anchorsOf, blocksOf, linksOf, PAGES } from "../support/markdown.ts";

const readJson = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8"));
const SCRIPTS: Record<string, string> = readJson("package.json").scripts;

test.each(PAGES)("%s has no dead link", (page) => {
  const dead = linksOf(page).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    return !existsSync(join(ROOT, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(dead).toEqual([]);
});

test("the site has every page of docs/", () => {
  const listed: string[] = readJson("docs/site/typedoc.json").projectDocuments;
  expect(listed).toEqual(
    expect.arrayContaining(
      PAGES.filter((page) => /^docs|^C/.test(page)).map((page) => page.replace(/^docs\//, "../").replace(/^C/, "../../C")),
    ),
  );
});

/** Options of what exists only once CONTRIBUTING.md was followed. */
const NOT_THERE = /tiles|kept-part/;

/** The command lines of a page, without comments, and of what is optional only the words that it begins with. */
function commandsOf(page: string): [place: string, line: string][] {
  return blocksOf(page)
    .filter(({ language }) => ["", "sh", "bash"].includes(language))
    .flatMap(({ place, text }) =>
      text
        .replace(/ {2,}-- /g, " -- ")
        .split(/\n|&&| \| |;|\s{3,}|<\(|\)/)
        .map((line) =>
          line
            .replace(/\[[^\]]*\]|\s#.*/g, "")
            .replaceAll("...", "")
            .trim(),
        )
        .filter((line) => /^(npm (run|start|test)|relabel)\b/.test(line) && !NOT_THERE.test(line))
        .map((line): [string, string] => [place, line]),
    );
}

/** A program that parses and runs nothing. */
function idle<P extends Command>(program: P): P {
  for (const command of program.commands) {
    idle(command);
    command.action(() => {});
  }
  return program;
}

/** Throws what commander throws where the command line is wrong. */
async function parse(line: string): Promise<void> {
  const words = (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ""));
  if (words[0] === "npm") {
    const [script = "", ...args] = words.slice(1).filter((word) => word !== "run" && word !== "-s" && word !== "--");
    expect(Object.keys(SCRIPTS), line).toContain(script);
    if (script === "bench") return void (await idle(buildBench(new AbortController().signal, () => {})).parseAsync(args, { from: "user" }));
    if (script === "bench:gpu") return void (await buildGpuProgram(async () => {}).parseAsync(args, { from: "user" }));
    if (!SCRIPTS[script]?.includes("src/cli/main.ts")) return expect(args, line).toEqual([]);
    words.splice(0, words.length, "relabel", script, ...args);
  }
  await idle(buildProgram(new AbortController().signal)).parseAsync(words.slice(1), { from: "user" });
}

describe("command lines", () => {
  const lines = PAGES.flatMap(commandsOf);

  test("are found", () => {
    expect(lines.length).toBeGreaterThan(40);
  });

  test("that are wrong are refused here", async () => {
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await expect(parse("npm run explain -- cat.jpg --no-such-option")).rejects.toThrow(/unknown option/);
    await expect(parse("relabel evaluate PHOTOS --forwards few")).rejects.toThrow(/few/);
    await expect(parse("npm run nothing")).rejects.toThrow();
    vi.restoreAllMocks();
  });

  test.each(lines)("%s: %s", async (_, line) => {
    // As a task of a job array has them.
    for (const [name, value] of Object.entries({ ID: "0", MIN: "0", MAX: "31", COUNT: "32" }))
      vi.stubEnv(`SLURM_ARRAY_TASK_${name}`, value);
    onTestFinished(() => void vi.unstubAllEnvs());
    if (/--(help|version)$/.test(line)) line = line.replace(/\s--\w+$/, "");
    if (line !== "relabel") await parse(line.replace("explain|classify", "explain").replace("bash|zsh|fish", "bash"));
  });
});
