import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { CommandError } from "../../src/cli/errors.ts";
import { download } from "../../src/cli/fetch-weights.ts";
import { Part } from "../../src/cli/partial-file.ts";
import { holds, leave, SIZE, scene } from "../support/download-scene.ts";
import { type Hub, makeFile, sha256 } from "../support/hub-server.ts";

test("a file is downloaded whole through the redirect, and a second call asks for nothing", async () => {
  const { hub, file, folder, path, get } = await scene();
  const seen: number[] = [];
  expect(await get({ onProgress: (done, total) => seen.push(done / total) })).toBe(true);
  expect(await holds(path, file)).toBe(true);
  expect(await readdir(folder)).toEqual(["net.safetensors"]);
  expect(seen[0]).toBe(0);
  expect(seen.at(-1)).toBe(1);
  expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  expect(hub.requests).toMatchObject([{ path: "/content/timm/net/model.safetensors", range: undefined, sent: SIZE }]);
  expect(await get()).toBe(false);
  expect(hub.requests).toHaveLength(1);
});

test("a part of nine tenths is hashed, and only the rest is asked for", async () => {
  const { hub, file, folder, path, part, get } = await scene();
  await leave(part, file.subarray(0, 900_000));
  expect(await get()).toBe(true);
  expect(hub.requests).toMatchObject([{ range: "bytes=900000-", ifRange: undefined, sent: 100_000 }]);
  expect(await holds(path, file)).toBe(true);
  expect(await readdir(folder)).toEqual(["net.safetensors"]);
});

test("a part that is complete is only checked", async () => {
  const { hub, file, path, part, get } = await scene();
  await leave(part, file);
  expect(await get()).toBe(true);
  expect(hub.requests).toEqual([]);
  expect(await holds(path, file)).toBe(true);
});

test("a part that is longer than the file is begun anew", async () => {
  const { hub, file, path, part, get } = await scene();
  await leave(part, makeFile(SIZE + 1));
  await get();
  expect(hub.requests).toMatchObject([{ range: undefined, sent: SIZE }]);
  expect(await holds(path, file)).toBe(true);
});

test("a file with another hash is replaced", async () => {
  const { file, path, get } = await scene();
  await leave(path, makeFile(SIZE));
  expect(await get()).toBe(true);
  expect(await holds(path, file)).toBe(true);
});

test("a connection that breaks is taken up where it broke, as often as each attempt brings something", async () => {
  const { hub, file, path, get } = await scene();
  hub.faults = { cutAfter: 150_000 };
  expect(await get()).toBe(true);
  expect(await holds(path, file)).toBe(true);
  expect(hub.requests.length).toBeGreaterThan(4);
  const starts = hub.requests.map(({ range }) => Number(/bytes=(\d+)-/.exec(range ?? "bytes=0-")?.[1]));
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  expect(new Set(starts).size).toBe(starts.length);
});

test("a server that is out of order for a while is asked again", async () => {
  const { hub, file, path, get } = await scene();
  hub.faults = { status: 503, refusals: 7 };
  expect(await get({ waits: Array(7).fill(1) })).toBe(true);
  expect(hub.requests).toHaveLength(8);
  expect(await holds(path, file)).toBe(true);
});

test("a connection that falls silent counts as broken", async () => {
  const { hub, fails } = await scene();
  hub.faults = { stallAfter: 0 };
  const error = await fails({ patience: 50, waits: [1] });
  expect(error.message).toMatch(/\(nothing came for 0\.05 seconds\)/);
});

test("after some attempts in a row that bring nothing it gives up, says how far it came and keeps the part", async () => {
  const { hub, file, folder, path, part, get, fails } = await scene();
  await leave(part, file.subarray(0, 400_000));
  hub.faults = { cutAfter: 0 };
  const error = await fails();
  expect(error.message).toMatch(/^net\.safetensors could not be downloaded from 127\.0\.0\.1:\d+ \(.+\)$/);
  expect(error.fix).toBe("Check the connection. Of 1.0 MB 0.4 MB are kept; the same command goes on from there.");
  expect(hub.requests).toHaveLength(4);
  expect(await readdir(folder)).toEqual(["net.safetensors.part"]);
  expect(await holds(part, file.subarray(0, 400_000))).toBe(true);
  hub.faults = {};
  expect(await get()).toBe(true);
  expect(hub.requests.at(-1)).toMatchObject({ range: "bytes=400000-", sent: 600_000 });
  expect(await holds(path, file)).toBe(true);
});

test("a server that knows no ranges sends all of it anew", async () => {
  const { hub, file, path, part, get } = await scene();
  await leave(part, file.subarray(0, 900_000));
  hub.faults = { ignoreRange: true, cutAfter: 500_000, cuts: 1 };
  expect(await get()).toBe(true);
  expect(hub.requests.map(({ range, sent }) => [range !== undefined, sent])).toEqual([
    [true, 500_000],
    [true, SIZE],
  ]);
  expect(await holds(path, file)).toBe(true);
});

test("a byte that arrives as another is caught by the hash, and the next run starts clean", async () => {
  const { hub, file, remote, folder, path, get, fails } = await scene();
  hub.faults = { flippedByte: 123_456 };
  const error = await fails();
  const damaged = Buffer.from(file);
  damaged[123_456] = (damaged[123_456] as number) ^ 1;
  expect(error.message).toBe(`net.safetensors was damaged on the way: its SHA-256 is ${sha256(damaged)} and should be ${remote.sha256}`);
  expect(error.fix).toBe("The damaged file was deleted: run the same command again.");
  expect(await readdir(folder)).toEqual([]);
  hub.faults = {};
  expect(await get()).toBe(true);
  expect(hub.requests.at(-1)).toMatchObject({ range: undefined, sent: SIZE });
  expect(await holds(path, file)).toBe(true);
});

test.each<[string, Hub["faults"], RegExp, RegExp]>([
  ["a file of another size", { listedSize: 2_000_000 }, /should have 1\.0 MB, and 127\.0\.0\.1:\d+ sends 2\.0 MB/, /another mirror/],
  ["a missing file", { status: 404 }, /cannot be downloaded: the server answered 404/, /Check the address/],
  ["a sign-in page", { page: true }, /answered with a web page instead of model\.safetensors/, /sign in first/],
])("%s ends the download at once", async (_, faults, message, fix) => {
  const { hub, folder, fails } = await scene();
  hub.faults = faults;
  const error = await fails();
  expect(error.message).toMatch(message);
  expect(error.fix).toMatch(fix);
  expect(hub.requests).toHaveLength(1);
  expect((await readdir(folder)).filter((name) => name !== "net.safetensors.part")).toEqual([]);
});

test("a disk without the space is named before anything is asked for", async () => {
  const { hub, remote, path } = await scene();
  const error = await download({ ...remote, size: 1e18 }, path).catch((reason) => reason);
  expect(error.message).toMatch(/^net\.safetensors needs 1000000000000\.0 MB more in .+cache, and only \d+\.\d MB are free$/);
  expect(error.fix).toMatch(/^Free that much, or set RELABEL_CACHE/);
  expect(hub.requests).toEqual([]);
});

test("a disk that fills up on the way is named with what is missing", async () => {
  const { folder, fails } = await scene();
  vi.spyOn(Part.prototype, "append").mockRejectedValue(Object.assign(new Error("full"), { code: "ENOSPC" }));
  onTestFinished(() => void vi.restoreAllMocks());
  const error = await fails();
  expect(error.message).toMatch(/^net\.safetensors needs 1\.0 MB more in .+, and there is no space left \(ENOSPC\)$/);
  expect(error.fix).toMatch(/^Free that much, .* the same command goes on from there\.$/);
  expect(await readdir(folder)).toEqual(["net.safetensors.part"]);
});

test("a complete file is looked at before it is put into its place, and deleted where it is not what it should be", async () => {
  const { file, folder, path, part, get, fails } = await scene();
  const check = async (found: string) => {
    expect(found).toBe(part);
    expect(await holds(part, file)).toBe(true);
    expect(existsSync(path)).toBe(false);
    throw new CommandError("wrong net", "Take another.");
  };
  expect(await fails({ check })).toMatchObject({ message: "wrong net" });
  expect(await readdir(folder)).toEqual([]);
  expect(await get({ check: async () => {} })).toBe(true);
});

test("a cache folder that cannot be made is named", async () => {
  const { folder, fails } = await scene();
  await writeFile(folder, "no folder");
  const error = await fails();
  expect(error.message).toMatch(/cache cannot hold downloads \((EEXIST|ENOTDIR)\)$/);
  expect(error.fix).toMatch(/RELABEL_CACHE/);
});

test("an abort keeps the part, and a second run goes on from it", async () => {
  const { hub, file, folder, path, part, get, fails } = await scene();
  const abort = new AbortController();
  hub.faults = { stallAfter: 700_000 };
  const error = await fails({
    signal: abort.signal,
    onProgress: (done) => {
      if (done === 700_000) abort.abort();
    },
  });
  expect(error.name).toBe("Interruption");
  expect(error.message).toBe("Of 1.0 MB 0.7 MB are kept; the same command goes on from there.");
  expect(await readdir(folder)).toEqual(["net.safetensors.part"]);
  expect(await holds(part, file.subarray(0, 700_000))).toBe(true);
  hub.faults = {};
  await get();
  expect(hub.requests.at(-1)).toMatchObject({ range: "bytes=700000-", sent: 300_000 });
  expect(await holds(path, file)).toBe(true);
});

test("of two downloads at once the second waits and finds the file", async () => {
  const { hub, file, path, get } = await scene();
  hub.faults = { stallAfter: 500_000 };
  const lines: string[] = [];
  const first = get({ patience: 300 });
  await expect.poll(() => hub.requests.length).toBe(1);
  const second = get({ notify: (line) => lines.push(line) });
  await expect.poll(() => lines).toEqual(["Waiting for another process that downloads net.safetensors."]);
  hub.faults = {};
  expect(await Promise.all([first, second])).toEqual([true, false]);
  expect(hub.requests.map(({ sent }) => sent)).toEqual([500_000, 500_000]);
  expect(await holds(path, file)).toBe(true);
});

test("without a hash an entity tag guards the rest, and nothing is kept for a later run", async () => {
  const { hub, file, folder, path, remote } = await scene();
  const { sha256: _, ...unknown } = remote;
  hub.faults = { etag: '"1"', cutAfter: 300_000, cuts: 1 };
  expect(await download({ ...unknown, etag: '"1"' }, path, { waits: [1] })).toBe(true);
  expect(hub.requests.map(({ range, ifRange }) => [range, ifRange])).toEqual([
    [undefined, undefined],
    [expect.stringMatching(/^bytes=[1-9]\d*-$/), '"1"'],
  ]);
  expect(await holds(path, file)).toBe(true);

  const other = join(folder, "other.safetensors");
  hub.faults = { etag: '"1"', cutAfter: 300_000, cuts: 1 };
  const failing = download({ ...unknown, etag: '"1"' }, other, { waits: [200] });
  await expect.poll(() => hub.requests.length).toBe(3);
  hub.faults = { etag: '"2"', cutAfter: 0 };
  await expect(failing).rejects.toMatchObject({
    fix: /^Check the connection\. Of 1\.0 MB \d\.\d MB had arrived; the same command starts again\.$/,
  });
  expect(await readdir(folder)).toEqual(["net.safetensors"]);
});

test("a part that another process has written to, too, is not taken for the file", async () => {
  const { folder, part, path } = await scene();
  await leave(part, new Uint8Array(4));
  const [ours, theirs] = [await Part.open(part, true, SIZE), await Part.open(part, true, SIZE)];
  await theirs.append(new Uint8Array(2).fill(1));
  await ours.append(new Uint8Array(4).fill(2));
  await theirs.close();
  await expect(ours.finish(path)).rejects.toThrow(/^Another process wrote to .*\.part at the same time$/);
  expect(await readdir(folder)).toEqual([]);
});
