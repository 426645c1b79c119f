import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { completionScript } from "../../src/cli/completion.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { runHere, temporaryFolder } from "../support/command-line.ts";

const program = buildProgram(new AbortController().signal);

describe.skipIf(spawnSync("bash", ["--version"]).status !== 0)("bash completes", () => {
  let script: string;

  beforeAll(() => {
    script = completionScript(program, "bash");
  });

  /** What bash would offer with the cursor behind the last word. */
  function offered(...words: string[]): string[] {
    const line = ["relabel", ...words].map((word) => `'${word}'`).join(" ");
    const ask = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _relabel; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["-c", `${script}\n${ask}`], { encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout.split("\n").filter(Boolean);
  }

  test("commands, and commands of commands", () => {
    expect(offered("")).toEqual(program.commands.map((command) => command.name()));
    expect(offered("cl")).toEqual(["classify"]);
    expect(offered("profile", "")).toEqual(["explain", "classify"]);
    expect(offered("completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(offered("weights", "resnet18")).toEqual(["resnet18"]);
  });

  test("the options of the command, and no other's", () => {
    expect(offered("explain", "--sy")).toEqual(["--synthesis"]);
    expect(offered("classify", "--sy")).toEqual([]);
    expect(offered("profile", "--f")).toEqual(["--from"]);
    expect(offered("profile", "explain", "cat.jpg", "--gat")).toEqual(["--gates"]);
    expect(offered("--ver")).toEqual(["--version"]);
    for (const command of program.commands) expect(offered(command.name(), "--")).toEqual(expect.arrayContaining(longOf(command)));
  });

  test("an option's values, and files where they may be any", () => {
    expect(offered("explain", "--runtime", "")).toEqual(["chrome", "node"]);
    expect(offered("explain", "--out", "")).toEqual([]);
    expect(offered("explain", "cat")).toEqual([]);
  });
});

const longOf = (command: (typeof program.commands)[number]) => command.options.flatMap(({ long }) => long ?? []);

describe.each(["zsh", "fish"] as const)("the script for %s", (shell) => {
  const script = completionScript(program, shell);

  test("knows every command and option", () => {
    const nameOf = (flag: string) => (shell === "fish" ? `-l ${flag.slice(2)} ` : `${flag} `);
    for (const command of program.commands) {
      expect(script).toContain(`/${command.name()}`);
      for (const flag of longOf(command)) expect(script).toContain(nameOf(flag));
    }
  });

  test.skipIf(spawnSync(shell, ["--version"]).status !== 0)("is read without an error", async () => {
    const file = join(await temporaryFolder(), "script");
    await writeFile(file, script);
    expect(spawnSync(shell, ["-n", file], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});

test.skipIf(spawnSync("fish", ["--version"]).status !== 0)("fish completes", async () => {
  const file = join(await temporaryFolder(), "script");
  await writeFile(file, completionScript(program, "fish"));
  const offered = (line: string) => {
    const { stdout, stderr } = spawnSync("fish", ["-c", `source ${file}; complete -C "relabel ${line}"`], { encoding: "utf8" });
    expect(stderr).toBe("");
    return stdout.split("\n").map((offer) => offer.replace(/\t.*/, ""));
  };
  expect(offered("cl")).toContain("classify");
  expect(offered("explain --sy")).toContain("--synthesis");
  expect(offered("classify --sy")).not.toContain("--synthesis");
});

test("the command prints it; another shell is refused in a line", async () => {
  expect((await runHere(["completion", "bash"])).stdout).toBe(`${completionScript(program, "bash")}\n`);
  await expect(runHere(["completion", "tcsh"])).rejects.toThrow(/tcsh.*bash, zsh, fish/);
});
