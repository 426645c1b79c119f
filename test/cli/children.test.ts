import { type ChildProcess, spawn } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ROOT } from "../../src/cli/paths.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { allEnded, listening, type Process, processTree } from "../support/processes.ts";

const MINUTE = 60_000;
const BUNDLES = join(ROOT, "node_modules", ".cache", "relabel");
const EXPLAIN = ["examples/cat.jpg", "--samples", "400"];

/** Starts a program whose temporary files go to a folder of its own. */
function start(program: string, args: readonly string[], folder: string, env: Record<string, string> = {}): ChildProcess {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, RELABEL_ADAPTER: "swiftshader", TMPDIR: folder, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that a failed test leaves nobody behind.
    detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-(child.pid as number), "SIGKILL");
    } catch {
      // All have ended.
    }
  });
  return child;
}

/** Resolves when the program has written something that matches. */
function says(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
        if (pattern.test(text)) resolve();
      });
    }
    child.once("close", () => reject(new Error(`It ended without saying ${pattern}: ${text}`)));
  });
}

/** Profiles of browsers in the folder, and bundles of these processes. */
async function leftBehind(folder: string, processes: readonly Process[]): Promise<string[]> {
  const profiles = (await readdir(folder)).filter((name) => name.startsWith("relabel-chrome-"));
  const bundles = (await readdir(BUNDLES)).filter((name) => processes.some(({ pid, start }) => name.includes(`-${pid}-${start}-`)));
  return [...profiles, ...bundles].map((name) => name.replace(/-.*/, "")).sort();
}

/** An address that takes requests and answers none, and how many came. */
async function silentServer(): Promise<{ address: string; asked: () => number }> {
  let asked = 0;
  const server = createServer(() => asked++);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

describe.skipIf(process.platform !== "linux")("on Linux, whose /proc tells what runs", () => {
  test(
    "while a command drives Chrome only its own server listens; killed, it takes Chrome along, and the next start removes the rest",
    async () => {
      const folder = await temporaryFolder();
      const child = start(process.execPath, ["bin/run.mjs", "src/cli/main.ts", "explain", ...EXPLAIN, "--out", folder], folder);
      await says(child, /Adapter/);
      const processes = processTree(child.pid as number);
      const flags = processes.flatMap(({ args }) => args.filter((arg) => arg.startsWith("--remote-debugging")));
      expect([...new Set(flags)]).toEqual(["--remote-debugging-pipe"]);

      const [own, ...others] = processes as [Process, ...Process[]];
      expect(others.length).toBeGreaterThan(2);
      expect(listening(others)).toEqual([]);
      const addresses = listening([own]);
      expect(addresses).toEqual([expect.stringMatching(/^0100007F:[0-9A-F]{4}$/)]);
      const origin = `http://127.0.0.1:${Number.parseInt((addresses[0] as string).slice(9), 16)}`;
      for (const path of ["/", "/json/version", "/src/cli/host.html"]) expect((await fetch(origin + path)).status).toBe(404);
      const profile = (await readdir(folder)).find((name) => name.startsWith("relabel-chrome-")) as string;
      expect((await stat(join(folder, profile))).mode & 0o777).toBe(0o700);

      child.kill("SIGKILL");
      await allEnded(processes);
      expect(await leftBehind(folder, processes)).toEqual(["relabel", "run"]);
      const next = start(process.execPath, ["bin/run.mjs", "src/cli/main.ts", "weights"], folder);
      expect(await new Promise((resolve) => next.once("exit", resolve))).toBe(0);
      expect(await leftBehind(folder, processes)).toEqual([]);
    },
    2 * MINUTE,
  );

  test(
    "SIGTERM to npm ends the command and its browser, and leaves nothing",
    async () => {
      const folder = await temporaryFolder();
      const npm = start("npm", ["run", "explain", "--", ...EXPLAIN, "--out", join(folder, "out")], folder);
      await says(npm, /Adapter/);
      const processes = processTree(npm.pid as number);
      expect(processes.length).toBeGreaterThan(4);
      npm.kill("SIGTERM");
      await allEnded(processes);
      expect(await leftBehind(folder, processes)).toEqual([]);
      expect(await readdir(folder)).not.toContain("out");
    },
    2 * MINUTE,
  );

  test.each<[string, string, string[], (child: ChildProcess) => void]>([
    ["SIGKILL to npm", "npm", ["run", "weights", "--"], (npm) => npm.kill("SIGKILL")],
    [
      "a closed terminal",
      process.execPath,
      ["bin/run.mjs", "src/cli/main.ts", "weights"],
      (command) => {
        command.stdout?.destroy();
        command.stderr?.destroy();
        command.kill("SIGHUP");
      },
    ],
  ])(
    "%s in the middle of a download ends the command, which leaves no bundle",
    async (_, program, args, end) => {
      const folder = await temporaryFolder();
      const hub = await silentServer();
      const child = start(program, [...args, "resnet18"], folder, { HF_ENDPOINT: hub.address, RELABEL_CACHE: folder });
      await vi.waitUntil(() => hub.asked() > 0, { timeout: MINUTE });
      const processes = processTree(child.pid as number);
      expect(await leftBehind(folder, processes)).toEqual(["run"]);
      end(child);
      await allEnded(processes);
      expect(await leftBehind(folder, processes)).toEqual([]);
    },
    2 * MINUTE,
  );

  test("a signal while the command is still being bundled leaves no bundle", async () => {
    const folder = await temporaryFolder();
    const child = start(process.execPath, ["bin/run.mjs", "src/cli/main.ts", "weights"], folder);
    const processes = processTree(child.pid as number);
    await vi.waitUntil(async () => (await leftBehind(folder, processes)).length > 0, { timeout: MINUTE, interval: 5 });
    child.kill("SIGTERM");
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(143);
    expect(await leftBehind(folder, processes)).toEqual([]);
  });
});
