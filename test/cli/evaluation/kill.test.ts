import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { runCli, temporaryFolder } from "../../support/command-line.ts";
import { LONG } from "../../support/long.ts";

const MINUTE = 60_000;

/** Starts the command and kills it as soon as it has changed its folder of results `changes` times. Resolves to the signal that ended it. */
async function killAfter(changes: number, args: readonly string[], photos: string): Promise<NodeJS.Signals | null> {
  await mkdir(photos, { recursive: true });
  const env = { ...process.env, RELABEL_ADAPTER: "swiftshader" };
  const child = spawn(process.execPath, ["bin/run.mjs", "src/cli/main.ts", ...args], { env, stdio: "ignore" });
  let seen = 0;
  const watcher = watch(photos, () => {
    if (++seen === changes) child.kill("SIGKILL");
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, ended) => resolve(ended)));
  watcher.close();
  return signal;
}

/** Every result but its seconds, by file name. */
async function resultsOf(out: string): Promise<Record<string, unknown>> {
  const names = (await readdir(join(out, "photos"))).filter((name) => name.endsWith(".json"));
  const parse = async (name: string) =>
    JSON.parse(await readFile(join(out, "photos", name), "utf8"), (key, value) => (key === "seconds" ? 0 : value));
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await parse(name)])));
}

test.runIf(LONG)(
  "killed five times while it files results, the command goes on to what it computes without a break",
  async () => {
    const folder = await temporaryFolder();
    const [photos, out, whole] = ["photos", "out", "whole"].map((name) => join(folder, name)) as [string, string, string];
    await mkdir(photos);
    for (const name of ["cat", "coffee"]) await copyFile(`examples/${name}.jpg`, join(photos, `${name}.jpg`));
    const args = (to: string) => `evaluate ${photos} --methods grad-cam --preset xplique --batch 8 --out ${to}`.split(" ");
    for (const changes of [1, 7, 13, 16, 19]) expect(await killAfter(changes, args(out), join(out, "photos"))).toBe("SIGKILL");
    const last = await runCli(args(out));
    expect(last.code, last.stderr).toBe(0);
    expect((await runCli(args(whole))).code).toBe(0);
    expect(await resultsOf(out)).toEqual(await resultsOf(whole));
    expect((await readdir(out, { recursive: true })).filter((name) => /\.tmp$|\.lock$/.test(name))).toEqual([]);
    const again = await runCli(args(out));
    expect(again.stderr).toMatch(/^Keeping 2 of 2 results\.$/m);
  },
  30 * MINUTE,
);
