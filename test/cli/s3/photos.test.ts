import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { describeError } from "../../../src/cli/errors.ts";
import { listPhotos } from "../../../src/cli/list-photos.ts";
import { forgetFailures, hashObject, listObjects, readObject } from "../../../src/cli/s3/photos.ts";
import { BUCKET, type Fault, type S3Server, SECRET, startS3, TOKEN } from "../../support/s3-server.ts";

const waits: number[] = [];
vi.mock("node:timers/promises", () => ({ setTimeout: async (time: number) => void waits.push(time) }));

let s3: S3Server;
beforeEach(async () => {
  s3 = await startS3();
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
  waits.length = 0;
  return () => vi.unstubAllEnvs();
});

const at = (key: string) => `s3://${BUCKET}/${key}`;
const bytes = (seed: number) => Uint8Array.from({ length: 5000 }, (_, i) => (i * seed) % 251);
const failure = (key: string) => readObject(at(key)).catch((error) => describeError(error));

const ODD = [
  "a b+c.jpg",
  "100%.jpg",
  "x%20y.jpg",
  "Ünï/漢字 🐈.png",
  "it's (1)!*~.jpg",
  "a&amp;b<c>.jpg",
  "q?x=1#y;z.jpg",
  "dir//double.jpg",
  "back\\slash.jpg",
  "new\nline.jpg",
];

test("a folder is listed page by page, and every key is read bit for bit, whatever its characters", async () => {
  for (const [at, key] of ODD.entries()) s3.objects.set(`set/${key}`, bytes(at + 1));
  s3.objects.set("set/", new Uint8Array());
  s3.objects.set("settings/other.jpg", bytes(1));
  s3.faults.set("", ["cut", 503, "short"]);
  const keys = await listObjects(at("set"));
  expect(keys.sort()).toEqual([...ODD].sort());
  expect(s3.requests.filter(([key, status]) => key === "?" && status === 200).length).toBe(4);
  for (const key of keys) {
    const content = s3.objects.get(`set/${key}`) as Uint8Array;
    expect(Buffer.compare(await readObject(at(`set/${key}`)), content), key).toBe(0);
    expect(await hashObject(at(`set/${key}`)), key).toBe(createHash("sha256").update(content).digest("hex"));
  }
});

test.each<[string, Fault[], number[]]>([
  ["connections that are cut", ["cut", "cut"], [500, 1000]],
  ["bodies that are shorter than promised", ["short", "short"], [500, 1000]],
  ["a store that is slow to serve", [503, 429, 500, 502], [500, 1000, 2000, 4000]],
  ["all of it", ["cut", 503, "short", 504, 408], [500, 1000, 2000, 4000, 8000]],
])("%s are outlasted, with growing waits", async (_, faults, waited) => {
  s3.objects.set("a.jpg", bytes(3));
  s3.faults.set("a.jpg", faults);
  expect(Buffer.compare(await readObject(at("a.jpg")), bytes(3))).toBe(0);
  expect(waits).toEqual(waited);
});

test("an object that always fails is given up after its tries, and asked for again when it is wanted anew", async () => {
  s3.objects.set("a.jpg", bytes(3));
  s3.faults.set("a.jpg", Array(6).fill(503));
  const said =
    "error: s3://pictures/a.jpg: cannot be read, after 6 tries (the store answered 503). Check the connection, and whether the store is well.";
  expect(await failure("a.jpg")).toBe(said);
  expect(await hashObject(at("a.jpg"))).toBeNull();
  expect(await failure("a.jpg")).toBe(said);
  expect(s3.requests).toHaveLength(6);
  forgetFailures();
  expect(await readObject(at("a.jpg"))).toHaveLength(5000);
});

test("of an object that is as it was, the hash is known without loading it", async () => {
  s3.objects.set("a.jpg", bytes(3));
  const first = await hashObject(at("a.jpg"));
  expect(await hashObject(at("a.jpg"))).toBe(first);
  s3.objects.set("a.jpg", bytes(5));
  expect(await hashObject(at("a.jpg"))).not.toBe(first);
  expect(s3.requests.map(([, status]) => status)).toEqual([200, 304, 200]);
});

describe("at once, in words, is said", () => {
  test.each<[string, string, Record<string, string>]>([
    ["none.jpg", "there is no such object (404 NoSuchKey)", {}],
    ["locked.jpg", "the store refuses access (403 AccessDenied). Check AWS_ACCESS_KEY_ID", {}],
    ["a.jpg", "the store refuses access (403 SignatureDoesNotMatch). Check AWS_ACCESS_KEY_ID", { AWS_SECRET_ACCESS_KEY: "a-wrong-one" }],
    ["a.jpg", "(403 SignatureDoesNotMatch). Set AWS_ACCESS_KEY_ID", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }],
    ["strange.jpg", "the store answered 418 Trouble", {}],
  ])("%s: %s", async (key, words, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    s3.objects.set("a.jpg", bytes(3));
    s3.forbidden.add("locked.jpg");
    s3.faults.set("strange.jpg", [418]);
    const said = await failure(key);
    expect(said).toContain(words);
    for (const secret of [SECRET, TOKEN, "a-wrong-one"]) expect(said).not.toContain(secret);
    expect(s3.requests).toHaveLength(1);
  });

  test("a bucket that is not there, a folder without photos, and a key that no address can have", async () => {
    await expect(listObjects("s3://elsewhere/x")).rejects.toThrow("s3://elsewhere/x/: there is no such bucket (404 NoSuchBucket)");
    await expect(listPhotos([at("none")], () => {})).rejects.toThrow("There are no photos in s3://pictures/none");
    expect(await failure("a/../b.jpg")).toContain(". and .. as names of folders");
    await expect(listObjects("s3:///x")).rejects.toThrow("names no bucket");
  });

  test.each([
    [{ AWS_SECRET_ACCESS_KEY: "" }, "AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not"],
    [{ AWS_ENDPOINT_URL: "https://ann:s3cret@h" }, "AWS_ENDPOINT_URL is no address of a store"],
    [{ AWS_REGION: "evil.example/" }, "AWS_REGION is no name of a region"],
  ] as const)("what is wrong with the environment: %o", async (env, words) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    const said = await failure("a.jpg");
    expect(said).toContain(words);
    expect(said).not.toContain("s3cret");
    await expect(hashObject(at("a.jpg"))).rejects.toThrow(words);
  });
});

test("photos are named by their keys in the folder, and what is no photo is skipped", async () => {
  for (const key of ["set/cat/1.jpg", "set/dog/1.JPG", "set/notes.txt", "set/.cache/2.jpg", "b.png"]) s3.objects.set(key, bytes(1));
  const said: string[] = [];
  const found = await listPhotos([at("set/"), at("b.png")], (line) => said.push(line));
  expect(found).toEqual([
    { path: at("set/cat/1.jpg"), name: "cat/1" },
    { path: at("set/dog/1.JPG"), name: "dog/1" },
    { path: at("b.png"), name: "b" },
  ]);
  expect(said).toEqual(["Skipped in s3://pictures/set/: 1 .cache, 1 .txt"]);
  expect((await listPhotos([at("")], () => {})).map(({ name }) => name)).toEqual(["b", "set/cat/1", "set/dog/1"]);
});
