import { expect, test } from "vitest";
import { weightShapes } from "../../src/graph/graph.ts";
import { type Authority, findHubFile, HUB, holdToEarlier } from "../../src/zoo/hub.ts";
import { PINS } from "../../src/zoo/pins.ts";
import { TEACHERS, type TeacherDefinition } from "../../src/zoo/teachers.ts";
import { thrown } from "../support/errors.ts";
import { makeFile, sha256, startHub } from "../support/hub-server.ts";

const PLACE = { repository: "timm/net", path: "model.safetensors" };

test("a file is found with its address, size and hash, whatever slashes end the endpoint", async () => {
  const file = makeFile(1000);
  const { endpoint } = await startHub({ "timm/net/model.safetensors": file });
  const found = { url: `${endpoint}/timm/net/resolve/main/model.safetensors`, size: 1000, sha256: sha256(file), statedBy: "mirror" };
  expect(await findHubFile(PLACE, endpoint)).toEqual(found);
  expect(await findHubFile(PLACE, `${endpoint}//`)).toEqual(found);
});

test("a file in a folder is looked for there", async () => {
  const { endpoint } = await startHub({ "timm/net/half/model.safetensors": makeFile(10) });
  const path = "half/model.safetensors";
  expect(await findHubFile({ ...PLACE, path }, endpoint)).toMatchObject({ url: `${endpoint}/timm/net/resolve/main/${path}`, size: 10 });
});

test("a repository without the file, and a file without a hash, are refused", async () => {
  const { endpoint } = await startHub({ "timm/net/other.safetensors": makeFile(10) });
  await expect(findHubFile(PLACE, endpoint)).rejects.toMatchObject({
    code: "DOWNLOAD",
    message: `${endpoint} lists no large file model.safetensors in timm/net.`,
    fix: expect.stringContaining("give the weights as a file"),
  });
  await expect(findHubFile({ ...PLACE, path: "README.md" }, endpoint)).rejects.toMatchObject({ code: "DOWNLOAD" });
});

test.each<[number, RegExp]>([
  [404, /^Look whether .+model\.safetensors exists and is public\.$/],
  [503, /^Try again in a few minutes\.$/],
])("a hub that answers %d is quoted", async (listingStatus, fix) => {
  const hub = await startHub({ "timm/net/model.safetensors": makeFile(10) });
  hub.faults = { listingStatus };
  await expect(findHubFile(PLACE, hub.endpoint)).rejects.toMatchObject({
    code: "DOWNLOAD",
    message: `${hub.endpoint} answered ${listingStatus} when asked for /api/models/timm/net/tree/main.`,
    fix: expect.stringMatching(fix),
  });
});

test("a hub that cannot be reached is named with the reason and the address to fetch by other means", async () => {
  await expect(findHubFile(PLACE, "http://127.0.0.1:9")).rejects.toMatchObject({
    code: "DOWNLOAD",
    message: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 cannot be reached \(.+\)\.$/),
    fix: expect.stringContaining("fetch http://127.0.0.1:9/timm/net/resolve/main/model.safetensors by other means"),
  });
});

test("a server that is no hub is told from one", async () => {
  const hub = await startHub({ "timm/net/model.safetensors": makeFile(10) });
  hub.faults = { page: true };
  await expect(findHubFile(PLACE, hub.endpoint)).rejects.toMatchObject({
    code: "DOWNLOAD",
    message: `${hub.endpoint} did not answer with a list of files.`,
    fix: expect.stringContaining("sign in first"),
  });
});

test("a file that is known in full is not asked for, and has its revision in its address", async () => {
  const hub = await startHub({});
  const known = { ...PLACE, revision: "abc", sha256: "1".repeat(64), size: 5 };
  const url = `${hub.endpoint}/timm/net/resolve/abc/model.safetensors`;
  expect(await findHubFile(known, hub.endpoint)).toEqual({ url, size: 5, sha256: known.sha256, statedBy: "source" });
  expect(hub.listings).toBe(0);
});

test("a server that lists another hash than the known one is refused", async () => {
  const file = makeFile(1000);
  const { endpoint } = await startHub({ "timm/net/model.safetensors": file });
  expect(await findHubFile({ ...PLACE, sha256: sha256(file) }, endpoint)).toMatchObject({ size: 1000, statedBy: "source" });
  await expect(findHubFile({ ...PLACE, sha256: "1".repeat(64) }, endpoint)).rejects.toMatchObject({
    code: "DOWNLOAD",
    message:
      `${endpoint} has another model.safetensors in timm/net than the published one ` +
      `(SHA-256 ${sha256(file).slice(0, 12)}… instead of 111111111111…).`,
    fix: "Use another mirror, or give the weights as a file.",
  });
});

test("a later download is held to the first, unless who states its hash knows better", () => {
  const stated = (digit: string, statedBy: Authority) => ({ url: `${HUB}/a/b`, sha256: digit.repeat(64), statedBy });
  const conflicts = (now: Authority, earlier: Authority) =>
    thrown(() => holdToEarlier("net.safetensors", stated("1", now), stated("2", earlier))) !== undefined;
  const all = ["mirror", "hub", "source"] as const;
  expect(all.map((now) => all.map((earlier) => conflicts(now, earlier)))).toEqual([
    [true, true, true],
    [false, true, true],
    [false, false, false],
  ]);
  expect(thrown(() => holdToEarlier("x", stated("1", "mirror"), stated("1", "hub")))).toBeUndefined();
  expect(thrown(() => holdToEarlier("x", stated("1", "mirror"), undefined))).toBeUndefined();
  expect(thrown(() => holdToEarlier("net.safetensors", stated("1", "mirror"), stated("2", "mirror")))).toMatchObject({
    message: "huggingface.co has another net.safetensors than was downloaded first (SHA-256 111111111111… instead of 222222222222…).",
  });
});

test("what is known of the published files fits the nets", async () => {
  for (const [repository, { revision, sha256, size }] of Object.entries(PINS)) {
    const teacher = TEACHERS.find(({ hub }) => hub?.repository === repository) as TeacherDefinition;
    expect([revision.length, sha256.length, `${revision}${sha256}`]).toEqual([40, 64, expect.stringMatching(/^[0-9a-f]+$/)]);
    const shapes = [...weightShapes(await teacher.nodes()).values()];
    const values = shapes.reduce((sum, shape) => sum + shape.reduce((product, extent) => product * extent, 4), 0);
    // A safetensors header has about a hundred bytes a tensor; counters of batches are a tensor of 8 bytes each.
    if (size !== undefined) expect(size - values).toBeGreaterThan(60 * shapes.length);
    if (size !== undefined) expect(size - values).toBeLessThan(200 * shapes.length);
    expect(Math.round((size ?? values) / 1e6)).toBe(teacher.hub?.megabytes);
  }
});
