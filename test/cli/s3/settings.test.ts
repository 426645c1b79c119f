import { expect, test, vi } from "vitest";
import { describeError } from "../../../src/cli/errors.ts";
import { askSigned, storeSettings, webAddress } from "../../../src/cli/s3/settings.ts";

vi.mock("aws4fetch", () => {
  throw new Error("Cannot find package 'aws4fetch'");
});

const KEYS = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s3cret" };
const ASKING = { headers: {}, signal: new AbortController().signal };

test("without its package a request with keys says how to install it, and not the keys", async () => {
  const error = await askSigned(storeSettings(KEYS), "http://127.0.0.1:9/", ASKING).catch((reason) => reason);
  expect(describeError(error)).toMatch(/^error: The optional package aws4fetch is not installed\. Run `npm install (-g )?aws4fetch`\.$/);
});

test.each([
  [{}, "pets", "https://pets.s3.us-east-1.amazonaws.com/a%20b/c%2B.jpg"],
  [{ AWS_REGION: "eu-central-1" }, "my.pets", "https://s3.eu-central-1.amazonaws.com/my.pets/a%20b/c%2B.jpg"],
  [{ AWS_DEFAULT_REGION: "us-west-2" }, "pets", "https://pets.s3.us-west-2.amazonaws.com/a%20b/c%2B.jpg"],
  [{ AWS_ENDPOINT_URL: "http://minio:9000/" }, "pets", "http://minio:9000/pets/a%20b/c%2B.jpg"],
])("with %o an object of %s is at %s", (env, bucket, address) => {
  expect(webAddress(storeSettings(env), bucket, "a b/c+.jpg")).toBe(address);
});
