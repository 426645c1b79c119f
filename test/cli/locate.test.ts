import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { describeError } from "../../src/cli/errors.ts";
import { locateWeights, type WeightsFiles } from "../../src/cli/locate.ts";
import { runCli, temporaryFolder } from "../support/command-line.ts";
import { writeHollowWeights } from "../support/hollow-weights.ts";
import { startHub } from "../support/hub-server.ts";
import { encodeSafetensors, type StoredTensor } from "../support/safetensors-file.ts";

const MINUTE = 60_000;
const OWN = "weights/efficientnet-lite0.safetensors";

let cache: string;
let notified: string[];

beforeEach(async () => {
  cache = await temporaryFolder();
  vi.stubEnv("RELABEL_CACHE", cache);
  notified = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    notified.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function locate(given?: string, teacher?: string): Promise<WeightsFiles> {
  return locateWeights(given, teacher, new AbortController().signal);
}

async function refusal(given?: string, teacher?: string): Promise<string> {
  return locate(given, teacher).then(() => "", describeError);
}

/** The project's own teacher in two shards and their index. */
async function shardOwn(): Promise<Record<string, Uint8Array>> {
  const bytes = await readFile(OWN);
  const origin = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...header } = JSON.parse(bytes.toString("utf8", 8, origin));
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const shards: Record<string, StoredTensor>[] = [{}, {}];
  const map: Record<string, string> = {};
  for (const [index, [key, { dtype, shape, data_offsets: offsets }]] of (Object.entries(header) as [string, never][]).entries()) {
    const [start, end] = offsets as [number, number];
    (shards[index % 2] as Record<string, StoredTensor>)[key] = { dtype, shape, bytes: bytes.subarray(origin + start, origin + end) };
    map[key] = names[index % 2] as string;
  }
  const files = names.map((name, index) => [name, new Uint8Array(encodeSafetensors(shards[index] as Record<string, StoredTensor>))]);
  return { ...Object.fromEntries(files), "model.safetensors.index.json": Buffer.from(JSON.stringify({ metadata: {}, weight_map: map })) };
}

async function writeFiles(folder: string, files: Record<string, Uint8Array>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}

test("without --weights the project's folder is searched, then the cache", async () => {
  expect((await locate()).path).toMatch(/weights\/efficientnet-lite0\.safetensors$/);
  expect(await refusal(undefined, "resnet50")).toBe(
    "error: The weights of resnet50 are not on this machine. " +
      "Run `npm run weights -- resnet50` (102 MB), or name a safetensors file with --weights.",
  );
  expect(await refusal(undefined, "googlenet")).toBe(
    "error: The weights of googlenet are not on this machine. " +
      "Nobody publishes them as safetensors: name a file of your own with --weights.",
  );
  const path = join(cache, "resnet50.safetensors");
  await writeHollowWeights(path, "resnet50");
  const files = await locate(undefined, "resnet50");
  expect(files.find("resnet50.safetensors")).toBe(path);
  expect(files.find("vae.safetensors")).toMatch(/weights\/vae\.safetensors$/);
});

test("a folder is searched for the teacher's name, then for the usual ones; its VAE comes before the project's", async () => {
  const folder = await temporaryFolder();
  expect(await refusal(folder, "resnet18")).toMatch(
    /the folder has none of resnet18\.safetensors, model\.safetensors, model\.safetensors\.index\.json\. Name/,
  );
  await writeFiles(folder, await shardOwn());
  expect(await locate(folder)).toMatchObject({ index: "efficientnet-lite0.safetensors", folder });
  await copyFile(OWN, join(folder, "model.safetensors"));
  expect((await locate(folder)).path).toBe(join(folder, "model.safetensors"));
  await copyFile(OWN, join(folder, "efficientnet-lite0.safetensors"));
  expect((await locate(folder)).path).toBe(join(folder, "efficientnet-lite0.safetensors"));
  expect((await locate(folder)).find("vae.safetensors")).toMatch(/weights\/vae\.safetensors$/);
  await writeFile(join(folder, "vae.safetensors"), "");
  expect((await locate(folder)).find("vae.safetensors")).toBe(join(folder, "vae.safetensors"));
});

test("a file says itself whose weights it holds, unless a teacher was chosen", async () => {
  const path = join(await temporaryFolder(), "downloaded.safetensors");
  await writeHollowWeights(path, "resnet18");
  expect((await locate(path)).teacher.name).toBe("resnet18");
  expect((await locate(path, "resnet18")).find("resnet18.safetensors")).toBe(path);
  expect(await refusal(path, "vgg16")).toMatch(/does not hold vgg16.+These are the weights of resnet18: choose that teacher/);
});

test.each<[string, string, RegExp]>([
  ["nothing", "nowhere.safetensors", /--weights nowhere\.safetensors: no such file or folder\. Check the path/],
  ["a photo", "examples/cat.jpg", /examples\/cat\.jpg is not a usable safetensors file/],
])("--weights that names %s is refused in one line", async (_, given, message) => {
  expect(await refusal(given)).toMatch(message);
  expect(await refusal(given)).not.toContain("\n");
});

test("an index that is none is refused in one line", async () => {
  const path = join(await temporaryFolder(), "model.safetensors.index.json");
  await writeFile(path, '{"weight_map":{"a":"../secret.safetensors"}}');
  expect(await refusal(path)).toBe(
    `error: ${path} is not the index of a sharded safetensors file: "../secret.safetensors" is no name of a .safetensors file. ` +
      "Give model.safetensors.index.json as it was saved, with its shards in the same folder.",
  );
});

test("an index without one of its shards is refused", async () => {
  const folder = await temporaryFolder();
  const { "model-00002-of-00002.safetensors": _, ...files } = await shardOwn();
  await writeFiles(folder, files);
  const index = join(folder, "model.safetensors.index.json");
  expect(await refusal(index)).toBe(
    `error: ${index} names the file model-00002-of-00002.safetensors, which is not beside it. ` +
      "Put all files that the index names into one folder.",
  );
});

test("an address of the hub is downloaded with its hash checked, once", async () => {
  const hub = await startHub({ "me/net/half/mine.safetensors": await readFile(OWN) });
  vi.stubEnv("HF_ENDPOINT", hub.endpoint);
  hub.faults = { flippedByte: 5000 };
  const address = `${hub.endpoint}/me/net/blob/main/half/mine.safetensors?download=true`;
  expect(await refusal(address)).toMatch(/^error: mine\.safetensors was damaged on the way: .+\. The damaged file was deleted/);
  hub.faults = {};
  const files = await locate(address);
  expect(files.teacher.name).toBe("efficientnet-lite0");
  expect(files.path).toMatch(/\/127\.0\.0\.1-[0-9a-f]{8}\/mine\.safetensors$/);
  expect(notified.join("")).toMatch(/The SHA-256 of mine\.safetensors is that which 127\.0\.0\.1:\d+ states\./);
  expect((await locate(address)).path).toBe(files.path);
  expect(notified.at(-1)).toMatch(/^Using .+mine\.safetensors, downloaded earlier from 127\.0\.0\.1:\d+; delete it/);
  expect(hub.requests).toHaveLength(2);
});

test("any other address is downloaded without a hash, and that is said; an index brings its shards", async () => {
  const files = await shardOwn();
  const hub = await startHub(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`me/net/${name}`, bytes])));
  const located = await locate(`${hub.endpoint}/content/me/net/model.safetensors.index.json`, "efficientnet-lite0");
  expect(located.index).toBe("efficientnet-lite0.safetensors");
  expect(located.shards).toHaveLength(2);
  expect(notified.filter((line) => line.startsWith("No SHA-256 of http"))).toHaveLength(2);
  const [folder] = await readdir(cache);
  const held = (await readdir(join(cache, folder as string))).filter((name) => name in files);
  expect(held.sort()).toEqual(Object.keys(files).sort());
  for (const [name, bytes] of Object.entries(files)) {
    expect((await readFile(join(cache, folder as string, name))).equals(bytes)).toBe(true);
  }
});

test("an address that sends another file than at first is refused, until its record is deleted", async () => {
  const own = new Uint8Array(await readFile(OWN));
  const files = { "me/net/mine.safetensors": own };
  const hub = await startHub(files);
  const address = `${hub.endpoint}/content/me/net/mine.safetensors`;
  const { path } = await locate(address);
  await rm(path);
  files["me/net/mine.safetensors"] = own.slice();
  (files["me/net/mine.safetensors"] as Uint8Array)[9_000_000] = 7;
  expect(await refusal(address)).toMatch(
    /^error: mine\.safetensors is not the file that was downloaded first \(SHA-256 .+\)\. If it was replaced on purpose, delete .+\.json and/,
  );
  files["me/net/mine.safetensors"] = own.slice(0, -4);
  expect(await refusal(address)).toMatch(/downloaded first \(\d+ bytes instead of \d+\)/);
  expect((await readdir(dirname(path))).filter((name) => !name.endsWith(".json"))).toEqual([]);
  files["me/net/mine.safetensors"] = own;
  expect((await locate(address)).path).toBe(path);
});

test("what is changed in the cache is not used, and what holds no known net is not kept", async () => {
  const toy = new Uint8Array(encodeSafetensors({ "fc.weight": { dtype: "F32", shape: [1], bytes: new Uint8Array(4) } }));
  const shards = await shardOwn();
  const hub = await startHub({
    "me/net/mine.safetensors": await readFile(OWN),
    "me/net/toy.safetensors": toy,
    "me/bad/model.safetensors.index.json": shards["model.safetensors.index.json"] as Uint8Array,
    ...Object.fromEntries(
      Object.keys(shards)
        .filter((name) => !name.endsWith(".json"))
        .map((name) => [`me/bad/${name}`, toy]),
    ),
    "me/worse/model.safetensors.index.json": Buffer.from("{}"),
  });
  const address = `${hub.endpoint}/content/me/net/mine.safetensors`;
  const { path } = await locate(address);
  await writeFile(path, toy);
  expect(await refusal(address)).toMatch(/has changed since it was put there: its SHA-256 is .+\. Delete it and download it again/);
  expect(await refusal(address.replace("mine", "toy"))).toMatch(
    /sent as toy\.safetensors is not weights that can be used \(.+\)\. It was deleted/,
  );
  expect(await refusal(address.replace("net/mine", "bad/model").concat(".index.json"))).toMatch(
    /sent as model\.safetensors\.index\.json is not weights that can be used/,
  );
  expect(await refusal(address.replace("net/mine", "worse/model").concat(".index.json"))).toMatch(/is not the index of a sharded/);
  const kept = (await readdir(cache, { recursive: true })).filter((name) => name.includes(".safetensors"));
  expect(kept.map((name) => basename(name)).sort()).toEqual(["mine.safetensors", "mine.safetensors.json"]);
});

test("a net that an address is said to hold is held to that", async () => {
  const hub = await startHub({ "me/net/mine.safetensors": await readFile(OWN) });
  const address = `${hub.endpoint}/content/me/net/mine.safetensors`;
  expect(await refusal(address, "resnet18")).toMatch(/is not the weights of resnet18 \(it holds efficientnet-lite0\)\. It was deleted/);
  expect((await locate(address, "efficientnet-lite0")).teacher.name).toBe("efficientnet-lite0");
});

test("an address that cannot be reached, or is no file's, is refused", async () => {
  const hub = await startHub({ "me/net/model.safetensors": new Uint8Array(10) });
  expect(await refusal("http://127.0.0.1:9/model.safetensors")).toMatch(
    /^error: 127\.0\.0\.1:9 cannot be reached \(.+\)\. Check the address/,
  );
  expect(await refusal(`${hub.endpoint}/content/elsewhere`)).toMatch(/elsewhere cannot be downloaded: the server answered 404\. Check/);
  hub.faults = { page: true };
  expect(await refusal(`${hub.endpoint}/content/me/net/model.safetensors`)).toMatch(
    /answered with a web page instead of model\.safetensors\./,
  );
});

test("a file of another name, and shards, are the teacher's weights in both runtimes", { timeout: 3 * MINUTE }, async ({ skip }) => {
  vi.restoreAllMocks();
  const folder = await temporaryFolder();
  const [file, sharded] = [join(folder, "mine.safetensors"), join(folder, "sharded")];
  await copyFile(OWN, file);
  await mkdir(sharded);
  await writeFiles(sharded, await shardOwn());
  const logits = async (runtime: string, given: string) => {
    const { code, stdout, stderr } = await runCli([
      ...["classify", "examples/cat.jpg", "--size", "64", "--json", "--logits", "--runtime", runtime, "--weights", given],
    ]);
    if (/found no adapter|not installed/.test(stderr)) skip(`--runtime ${runtime} cannot run on this machine: ${stderr}`);
    expect(stderr).not.toMatch(/error/);
    expect(code).toBe(0);
    return (JSON.parse(stdout) as [{ logits: number[] }])[0].logits;
  };
  const whole = await logits("node", file);
  expect(await logits("node", sharded)).toEqual(whole);
  const there = await logits("chrome", sharded);
  const largest = Math.max(...whole.map(Math.abs));
  expect(Math.max(...there.map((logit, index) => Math.abs(logit - (whole[index] as number)))) / largest).toBeLessThan(2e-3);
});

test("a file of another name whose values are spoilt is refused by Chrome's session, too", { timeout: 3 * MINUTE }, async () => {
  vi.restoreAllMocks();
  const file = join(await temporaryFolder(), "mine.safetensors");
  const spoilt = await readFile(OWN);
  // The last value of the file's last tensor, in F16.
  spoilt.writeUInt16LE(0x7e00, spoilt.length - 2);
  await writeFile(file, spoilt);
  const { code, stdout, stderr } = await runCli(["classify", "examples/cat.jpg", "--runtime", "chrome", "--weights", file]);
  expect(stderr).toContain(`error: ${file}: tensor "conv_stem.weight" holds NaN at index 863, [31, 2, 2, 2].`);
  expect([code, stdout]).toEqual([2, ""]);
});
