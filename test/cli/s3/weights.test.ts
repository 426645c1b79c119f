import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { describeError } from "../../../src/cli/errors.ts";
import { hashWeights } from "../../../src/cli/evaluation/run.ts";
import { locateWeights } from "../../../src/cli/locate.ts";
import { captureOutput, temporaryFolder } from "../../support/command-line.ts";
import { BUCKET, SECRET, startS3, TOKEN } from "../../support/s3-server.ts";

const OWN = "weights/efficientnet-lite0.safetensors";

let told = "";
beforeEach(async () => {
  told = "";
  vi.stubEnv("RELABEL_CACHE", await temporaryFolder());
  const restore = captureOutput((text) => {
    told += text;
  });
  return () => {
    restore();
    vi.unstubAllEnvs();
  };
});

const locate = (key: string) => locateWeights(`s3://${BUCKET}/${key}`, undefined, new AbortController().signal);

test("weights come from a store, once and whole, and secrets are in no line", async () => {
  const s3 = await startS3();
  for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
  const content = await readFile(OWN);
  s3.objects.set("my nets/mine+.safetensors", content);
  // The size is asked for first.
  s3.faults.set("my nets/mine+.safetensors", [0, "cut"]);
  const weights = await locate("my nets/mine+.safetensors");
  expect(weights.teacher.name).toBe("efficientnet-lite0");
  expect(await hashWeights(weights, [])).toEqual([createHash("sha256").update(content).digest("hex")]);
  expect(s3.requests.map(([, status]) => status)).toEqual([206, 206]);
  expect((await locate("my nets/mine+.safetensors")).path).toBe(weights.path);
  expect(s3.requests, "the second time it is in the cache").toHaveLength(2);
  s3.forbidden.add("other.safetensors");
  const error = describeError(await locate("other.safetensors").catch((reason) => reason));
  expect(error).toContain("other.safetensors cannot be downloaded: the server answered 403");
  for (const text of [told, error]) for (const secret of [SECRET, TOKEN]) expect(text).not.toContain(secret);
});
