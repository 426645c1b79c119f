import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { inject, onTestFinished, vi } from "vitest";
import { EXIT_ERROR } from "../../src/cli/errors.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { reportError } from "../../src/cli/report-error.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunSettings {
  env?: Record<string, string>;
  /** Sends SIGINT once stderr matches, or the promise resolves. */
  interruptAt?: RegExp | Promise<unknown>;
  /** Is told what stderr holds so far. */
  onStderr?: (text: string) => void;
}

/** Runs the command line as a user does, but for the sources, which bundle.ts has bundled, on the software adapter; resolves when it has ended. */
export function runCli(args: readonly string[], { env, interruptAt, onStderr }: RunSettings = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["bin/run.mjs", "src/cli/main.ts", ...args], {
      cwd: ROOT,
      env: { ...process.env, RELABEL_ADAPTER: "swiftshader", RELABEL_BUNDLE: inject("bundle"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr, interrupted] = ["", "", false];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
      onStderr?.(stderr);
      if (!interrupted && interruptAt instanceof RegExp && interruptAt.test(stderr)) interrupted = child.kill("SIGINT");
    });
    if (interruptAt instanceof Promise) void interruptAt.then(() => child.kill("SIGINT"));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    onTestFinished(() => void child.kill("SIGKILL"));
  });
}

/** Runs a command in the test's own process, so that what it opens can be replaced by mocks. Errors are thrown, or reported as `main.ts` does. */
export async function runHere(args: readonly string[], { reports = false } = {}): Promise<Outcome> {
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  }
  const former = process.exitCode;
  process.exitCode = undefined;
  try {
    await buildProgram(new AbortController().signal)
      .parseAsync(["node", "relabel", ...args])
      .catch((error) => {
        if (!reports) throw error;
        if (error instanceof CommanderError) process.exitCode = EXIT_ERROR;
        else reportError(error);
      });
    return { ...written, code: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = former;
    vi.restoreAllMocks();
  }
}

/** An empty folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "relabel-test-"));
  // Thousands of files take a slow disk a while.
  onTestFinished(() => rm(folder, { recursive: true, force: true }), 60_000);
  return folder;
}

/** For commands that run in the test's own process: keeps their output off the console and tells what they write to stderr. Returns what undoes it. */
export function captureOutput(onStderr: (text: unknown) => void): () => void {
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    onStderr(text);
    return true;
  });
  const { exitCode } = process;
  return () => {
    vi.restoreAllMocks();
    process.exitCode = exitCode;
  };
}
