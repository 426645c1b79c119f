import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Sha256 } from "../../../src/nets/weights/sha256.ts";
import { Random } from "../../support/random.ts";

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 100_003])("of %d bytes in parts, as Node computes it", (length) => {
  const bytes = new Uint8Array(new Random(length).floats(length).map((value) => value * 256));
  const hash = new Sha256();
  for (let at = 0, part = 0; at < length; at += part) {
    part = 1 + (at % 131);
    hash.update(bytes.subarray(at, at + part));
  }
  expect(hash.digest()).toBe(createHash("sha256").update(bytes).digest("hex"));
});
