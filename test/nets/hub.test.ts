import { expect, test } from "vitest";
import { findHubFile } from "../../src/nets/hub.ts";
import { makeFile, sha256, startHub } from "../support/hub-server.ts";

const PLACE = { repository: "timm/net", path: "model.safetensors" };

test("a file is found with its address, size and hash, whatever slashes end the endpoint", async () => {
  const file = makeFile(1000);
  const { endpoint } = await startHub({ "timm/net/model.safetensors": file });
  const found = { url: `${endpoint}/timm/net/resolve/main/model.safetensors`, size: 1000, sha256: sha256(file) };
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
