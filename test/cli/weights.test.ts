import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { reportError } from "../../src/cli/command.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { runCli, temporaryFolder } from "../support/command-line.ts";
import { makeFile, startHub } from "../support/hub-server.ts";

const SIZE = 1_000_000;
const MINUTE = 60_000;

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** A hub with files under the names of two teachers' repositories, and an empty cache. */
async function scene() {
  const file = makeFile(SIZE);
  const hub = await startHub({
    "timm/resnet18.tv_in1k/model.safetensors": file,
    "timm/mobilenetv2_100.ra_in1k/model.safetensors": makeFile(SIZE),
  });
  const cache = join(await temporaryFolder(), "cache");
  return { file, hub, cache, path: join(cache, "resnet18.safetensors"), env: { HF_ENDPOINT: `${hub.endpoint}/`, RELABEL_CACHE: cache } };
}

/** What a command writes, run in this process. */
async function run(args: readonly string[], env: Record<string, string>): Promise<{ stdout: string; stderr: string }> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      written[stream] += text;
      return true;
    });
  }
  await buildProgram(new AbortController().signal)
    .parseAsync(["node", "relabel", ...args])
    .catch(reportError);
  vi.restoreAllMocks();
  return written;
}

test(
  "weights resnet18 downloads with progress, a second time finds the file, and replaces it where it was damaged",
  async () => {
    const { file, hub, cache, path, env } = await scene();
    const first = await runCli(["weights", "resnet18"], { env });
    expect(first.stderr).toMatch(/^resnet18\.safetensors \[[=-]+\] 0 % \| 0\.0\/1\.0 MB \| ETA \?$/m);
    expect(first.stderr).toMatch(/^resnet18\.safetensors \[=+\] 100 % \| 1\.0\/1\.0 MB \| ETA 0s/m);
    expect(first.stdout).toBe(`resnet18: downloaded to ${path} (1.0 MB); its SHA-256 is right.\n`);
    expect(first.code).toBe(0);
    expect((await readFile(path)).equals(file)).toBe(true);
    expect(await readdir(cache)).toEqual(["resnet18.safetensors"]);

    const again = await runCli(["weights", "resnet18"], { env });
    expect(again).toEqual({ code: 0, stdout: `resnet18: already in ${path} (1.0 MB); its SHA-256 is right.\n`, stderr: "" });
    expect(hub.requests).toHaveLength(1);

    await writeFile(path, makeFile(SIZE));
    expect((await run(["weights", "resnet18"], env)).stdout).toMatch(/^resnet18: downloaded to/);
    expect((await readFile(path)).equals(file)).toBe(true);
  },
  MINUTE,
);

test(
  "Ctrl-C keeps what has arrived, says so, and the same command goes on from there",
  async () => {
    const { file, hub, cache, path, env } = await scene();
    hub.faults = { stallAfter: 700_000 };
    const { code, stdout, stderr } = await runCli(["weights", "resnet18"], { env, interruptAt: /0\.7\/1\.0 MB/ });
    expect(stderr).toMatch(/^Interrupted\. Of 1\.0 MB 0\.7 MB are kept; the same command goes on from there\.$/m);
    expect([code, stdout]).toEqual([130, ""]);
    expect(await readdir(cache)).toEqual(["resnet18.safetensors.part"]);
    hub.faults = {};
    expect((await run(["weights"], env)).stdout).toMatch(
      /^resnet18 +47 MB {2}not downloaded; 0\.7 MB of an unfinished download are kept$/m,
    );
    expect((await run(["weights", "resnet18"], env)).stdout).toMatch(/^resnet18: downloaded to/);
    expect(hub.requests.at(-1)).toMatchObject({ range: "bytes=700000-", sent: 300_000 });
    expect((await readFile(path)).equals(file)).toBe(true);
  },
  MINUTE,
);

test(
  "two processes that download the same file take turns",
  async () => {
    const { file, hub, cache, path, env } = await scene();
    hub.faults = { stallAfter: 500_000 };
    let waits: () => void = () => {};
    const first = runCli(["weights", "resnet18"], { env, interruptAt: new Promise<void>((resolve) => (waits = resolve)) });
    await expect.poll(() => hub.requests.length, { timeout: 20_000 }).toBe(1);
    const second = runCli(["weights", "resnet18"], { env, onStderr: (text) => text.includes("Waiting for another") && waits() });
    expect((await first).code).toBe(130);
    hub.faults = {};
    const { code, stderr } = await second;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Waiting for another process that downloads resnet18\.safetensors\.$/m);
    expect(hub.requests.map(({ range }) => range)).toEqual([undefined, "bytes=500000-"]);
    expect((await readFile(path)).equals(file)).toBe(true);
    expect(await readdir(cache)).toEqual(["resnet18.safetensors"]);
  },
  MINUTE,
);

test("without a name the teachers are listed with sizes and states; --remove frees the named ones' space", async () => {
  const { cache, path, env } = await scene();
  await mkdir(cache);
  await writeFile(path, makeFile(SIZE));
  await writeFile(join(cache, "resnet50.safetensors.part"), makeFile(SIZE / 2));
  const { stdout } = await run(["weights"], env);
  expect(stdout).toMatch(/^efficientnet-lite0 +10 MB {2}built in$/m);
  expect(stdout).toContain(`resnet18             47 MB  in the cache: 1.0 MB, ${path}\n`);
  expect(stdout).toMatch(/^vgg16 +553 MB {2}not downloaded$/m);

  const removed = await run(["weights", "resnet18", "resnet50", "vgg16", "--remove"], env);
  expect(removed.stdout.split("\n")).toEqual([
    `resnet18: removed ${path} (1.0 MB).`,
    `resnet50: removed ${join(cache, "resnet50.safetensors.part")} (0.5 MB).`,
    "vgg16: not in the cache.",
    "1.5 MB are free again.",
    "",
  ]);
  expect(await readdir(cache)).toEqual([]);
});

test("several names are downloaded one after the other; what comes with the project is not", async () => {
  const { cache, hub, env } = await scene();
  const { stdout } = await run(["weights", "mobilenet_v2", "efficientnet-lite0", "resnet18"], env);
  expect(stdout).toMatch(/^efficientnet-lite0: comes with the project\.\nresnet18: downloaded .+\nmobilenet_v2: downloaded .+\n$/);
  expect((await readdir(cache)).sort()).toEqual(["mobilenet_v2.safetensors", "resnet18.safetensors"]);
  expect(hub.requests).toHaveLength(2);
});

test.each<[string, string[], RegExp]>([
  [
    "a repository that the hub lacks",
    ["resnet50"],
    /answered 404 when asked for \/api\/models\/timm\/resnet50\.tv_in1k\/tree\/main\. Look/,
  ],
  ["an unknown name", ["resnet"], /'resnet' is invalid .*resnet18, resnet34/],
  ["--remove without a name", ["--remove"], /given no name\. Name the weights/],
])("%s is refused in one line", async (_, args, message) => {
  const { env } = await scene();
  const { stdout, stderr } = await run(["weights", ...args], env);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: [^\n]+\n/);
  expect(stdout).toBe("");
});
