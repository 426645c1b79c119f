import { mkdir, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { locateWeights } from "../../src/cli/locate.ts";
import { buildProgram } from "../../src/cli/program.ts";
import { reportError } from "../../src/cli/report-error.ts";
import { type HubFile, TEACHERS } from "../../src/faces/all.ts";
import { PINS, type Pin } from "../../src/zoo/pins.ts";
import { MOBILENET_PATH, makeMobilenet } from "../page/mobilenet-file.ts";
import { runCli, temporaryFolder } from "../support/command-line.ts";
import { rejected } from "../support/errors.ts";
import { makeFile, sha256, startHub } from "../support/hub-server.ts";

const SIZE = 1_000_000;
const MINUTE = 60_000;

/** A file that holds mobilenet_v2, but not the published one. */
const MOBILENET = makeMobilenet();
const hubFile = TEACHERS.find(({ name }) => name === "mobilenet_v2")?.hub as { -readonly [K in keyof HubFile]: HubFile[K] };
const pins: Record<string, Pin> = PINS;
const PUBLISHED = pins[hubFile.repository] as Pin;

// In this process nothing is known of the published file but what a test says.
beforeEach(() => {
  delete pins[hubFile.repository];
});

afterEach(() => {
  for (const key of ["revision", "sha256", "size"] as const) delete hubFile[key];
  pins[hubFile.repository] = PUBLISHED;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** A mirror of the hub, and an empty cache. What it has as resnet101, of which nothing is known beforehand, is no net. */
async function scene() {
  const hub = await startHub({ [MOBILENET_PATH]: MOBILENET, "timm/resnet101.tv_in1k/model.safetensors": makeFile(SIZE) });
  const cache = join(await temporaryFolder(), "cache");
  const { host } = new URL(hub.endpoint);
  const path = join(cache, "mobilenet_v2.safetensors");
  return { hub, host, cache, path, env: { HF_ENDPOINT: `${hub.endpoint}/`, RELABEL_CACHE: cache } };
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

test("weights are downloaded once, and whose word their hash is, is said", async () => {
  const { hub, host, cache, path, env } = await scene();
  const line = (how: string, verdict: string) => `mobilenet_v2: ${how} ${path} (7.2 MB); its SHA-256 is ${verdict}.\n`;
  expect((await run(["weights", "mobilenet_v2"], env)).stdout).toBe(line("downloaded to", `that which ${host} states`));
  expect((await readFile(path)).equals(MOBILENET)).toBe(true);
  expect((await readdir(cache)).sort()).toEqual(["mobilenet_v2.safetensors", "mobilenet_v2.safetensors.json"]);
  expect((await run(["weights", "mobilenet_v2"], env)).stdout).toBe(line("already in", `that which ${host} states`));
  expect(hub.requests).toHaveLength(1);

  await writeFile(path, makeFile(SIZE));
  expect((await run(["weights", "mobilenet_v2"], env)).stdout).toMatch(/^mobilenet_v2: downloaded to/);
  expect((await readFile(path)).equals(MOBILENET)).toBe(true);
  Object.assign(hubFile, { sha256: sha256(MOBILENET), revision: "abc" });
  expect((await run(["weights", "mobilenet_v2"], env)).stdout).toBe(line("already in", "right"));
});

test("a mirror that passes another file off as a published one is refused", async () => {
  const { hub, host, cache, env } = await scene();
  Object.assign(hubFile, { sha256: "1".repeat(64), revision: "abc" });
  expect((await run(["weights", "mobilenet_v2"], env)).stderr).toMatch(
    /^error: .+ has another model\.safetensors in .+ than the published one/,
  );
  Object.assign(hubFile, { size: MOBILENET.length });
  expect((await run(["weights", "mobilenet_v2"], env)).stderr).toMatch(/was damaged on the way: its SHA-256 is .+ and should be 1111/);
  Object.assign(hubFile, { size: 14_184_144 });
  expect((await run(["weights", "mobilenet_v2"], env)).stderr).toMatch(`should have 14.2 MB, and ${host} sends 7.2 MB`);
  expect(hub.requests.length).toBeLessThanOrEqual(2);
  expect((await readdir(cache)).filter((name) => !name.endsWith(".part"))).toEqual([]);
});

test("what was downloaded first is demanded from then on, from any other mirror", async () => {
  const { path, env } = await scene();
  await run(["weights", "mobilenet_v2"], env);
  await run(["weights", "mobilenet_v2", "--remove"], env);
  const other = makeMobilenet();
  other[other.length - 1] = (other.at(-1) as number) ^ 1;
  const second = await startHub({ [MOBILENET_PATH]: other });
  const { stderr } = await run(["weights", "mobilenet_v2"], { ...env, HF_ENDPOINT: second.endpoint });
  const { host } = new URL(second.endpoint);
  expect(stderr).toMatch(`error: ${host} has another mobilenet_v2.safetensors than was downloaded first (SHA-256 `);
  expect(second.requests).toEqual([]);
  expect((await run(["weights", "mobilenet_v2"], env)).stdout).toMatch(/^mobilenet_v2: downloaded to/);

  // The published file is known better.
  Object.assign(hubFile, { sha256: sha256(other), revision: "abc" });
  expect(await rejected(locateWeights(undefined, "mobilenet_v2", new AbortController().signal))).toMatchObject({
    message: `${path} is not the file that is published now`,
  });
  expect((await run(["weights", "mobilenet_v2"], { ...env, HF_ENDPOINT: second.endpoint })).stdout).toMatch(/its SHA-256 is right\.$/m);
  expect((await readFile(path)).equals(other)).toBe(true);
});

test("a file of the cache is checked again where its size or time has changed, and used without a look at it else", async () => {
  const { path, env } = await scene();
  await run(["weights", "mobilenet_v2"], env);
  const use = () => locateWeights(undefined, "mobilenet_v2", new AbortController().signal);
  const notified: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => notified.push(String(text)) > 0);
  expect((await use()).path).toBe(path);

  await utimes(path, 1e9, 1e9);
  expect((await use()).path).toBe(path);
  const spoilt = MOBILENET.slice();
  spoilt[5_000_000] = (spoilt[5_000_000] as number) ^ 1;
  await writeFile(path, spoilt);
  expect(await rejected(use())).toMatchObject({
    message: `${path} has changed since it was put there: its SHA-256 is ${sha256(spoilt)} and was ${sha256(MOBILENET)}`,
    fix: "Delete it and download it again. If you changed it yourself, name it with --weights from another folder.",
  });
  expect(notified).toEqual([]);

  // A file of the user's own is recorded when it is used first.
  await rm(`${path}.json`);
  expect((await use()).path).toBe(path);
  expect(notified).toEqual([`${path} was not downloaded by this command. From now on it is held to its SHA-256, ${sha256(spoilt)}.\n`]);
  expect((await use()).path).toBe(path);
  await writeFile(path, MOBILENET);
  expect(await rejected(use())).toMatchObject({ message: expect.stringContaining("has changed since it was put there") });
  await writeFile(`${path}.json`, "{}");
  expect(await rejected(use())).toMatchObject({ message: expect.stringMatching(/\.json, line 1: the field "size" is missing$/) });
});

test(
  "what a mirror sends is refused where it is not the named net, or not the size that is known",
  async () => {
    const { hub, host, cache, env } = await scene();
    const { code, stdout, stderr } = await runCli(["weights", "resnet101"], { env });
    expect(stderr).toMatch(/^resnet101\.safetensors \[[=-]+\] 0 % \| 0\.0\/1\.0 MB \| ETA \?$/m);
    expect(stderr).toMatch(/^resnet101\.safetensors \[=+\] 100 % \| 1\.0\/1\.0 MB \| ETA 0s/m);
    expect(stderr).toMatch(
      `error: What ${host} sent as resnet101.safetensors is not the weights of resnet101 (resnet101.safetensors is not a usable`,
    );
    expect([code, stdout, await readdir(cache), hub.requests.length]).toEqual([2, "", [], 1]);

    const toys = await startHub({ "timm/resnet18.tv_in1k/model.safetensors": makeFile(200_000) });
    const toy = await runCli(["weights", "resnet18"], { env: { ...env, HF_ENDPOINT: toys.endpoint } });
    expect(toy.stderr).toMatch(`resnet18.safetensors should have 46.8 MB, and ${new URL(toys.endpoint).host} sends 0.2 MB`);
    expect([toy.code, toy.stdout]).toEqual([2, ""]);
  },
  MINUTE,
);

test("another net under the name of a net is refused", async () => {
  const { host, cache, env } = await scene();
  const mirror = await startHub({ "timm/vgg19.tv_in1k/model.safetensors": MOBILENET });
  const { stderr } = await run(["weights", "vgg19"], { ...env, HF_ENDPOINT: mirror.endpoint });
  expect(host).not.toBe(new URL(mirror.endpoint).host);
  expect(stderr).toMatch(
    "sent as vgg19.safetensors is not the weights of vgg19 (it holds mobilenet_v2). It was deleted. Use another address",
  );
  expect(await readdir(cache)).toEqual([]);
});

test(
  "Ctrl-C keeps what has arrived, says so, and the same command goes on from there",
  async () => {
    const { hub, cache, env } = await scene();
    hub.faults = { stallAfter: 700_000 };
    const { code, stdout, stderr } = await runCli(["weights", "resnet101"], { env, interruptAt: /0\.7\/1\.0 MB/ });
    expect(stderr).toMatch(/^Interrupted\. Of 1\.0 MB 0\.7 MB are kept; the same command goes on from there\.$/m);
    expect([code, stdout]).toEqual([130, ""]);
    expect(await readdir(cache)).toEqual(["resnet101.safetensors.part"]);
    hub.faults = {};
    expect((await run(["weights"], env)).stdout).toMatch(
      /^resnet101 +179 MB {2}not downloaded; 0\.7 MB of an unfinished download are kept$/m,
    );
    await run(["weights", "resnet101"], env);
    expect(hub.requests.at(-1)).toMatchObject({ range: "bytes=700000-", sent: 300_000 });
  },
  MINUTE,
);

test(
  "two processes that download the same file take turns",
  async () => {
    const { hub, cache, env } = await scene();
    hub.faults = { stallAfter: 500_000 };
    let waits: () => void = () => {};
    const first = runCli(["weights", "resnet101"], { env, interruptAt: new Promise<void>((resolve) => (waits = resolve)) });
    await expect.poll(() => hub.requests.length, { timeout: 20_000 }).toBe(1);
    const second = runCli(["weights", "resnet101"], { env, onStderr: (text) => text.includes("Waiting for another") && waits() });
    expect((await first).code).toBe(130);
    hub.faults = {};
    expect((await second).stderr).toMatch(/^Waiting for another process that downloads resnet101\.safetensors\.$/m);
    expect(hub.requests.map(({ range }) => range)).toEqual([undefined, "bytes=500000-"]);
    expect(await readdir(cache)).toEqual([]);
  },
  MINUTE,
);

test("without a name the teachers are listed with sizes and states; --remove frees the named ones' space", async () => {
  const { cache, env } = await scene();
  const path = join(cache, "resnet18.safetensors");
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
  const { hub, env } = await scene();
  const { stdout, stderr } = await run(["weights", "resnet101", "efficientnet-lite0"], env);
  expect(stdout).toBe("efficientnet-lite0: comes with the project.\n");
  expect(stderr).toMatch(/is not the weights of resnet101/);
  expect(hub.requests).toHaveLength(1);
});

test("of a net that is published nowhere it is said that its weights have to be given", async () => {
  const { hub, env } = await scene();
  expect((await run(["weights", "googlenet"], env)).stdout).toBe("googlenet: no public safetensors file; give your own with --weights.\n");
  expect((await run(["weights"], env)).stdout).toMatch(/^squeezenet1_1 +no public safetensors file; give/m);
  expect(hub.requests).toEqual([]);
});

test.each<[string, string[], RegExp]>([
  ["a repository that the hub lacks", ["vgg19"], /answered 404 when asked for \/api\/models\/timm\/vgg19\.tv_in1k\/tree\/main\. Look/],
  ["an unknown name", ["resnet"], /'resnet' is invalid .*resnet18, resnet34/],
  ["--remove without a name", ["--remove"], /given no name\. Name the weights/],
])("%s is refused in one line", async (_, args, message) => {
  const { env } = await scene();
  const { stdout, stderr } = await run(["weights", ...args], env);
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: [^\n]+\n/);
  expect(stdout).toBe("");
});
