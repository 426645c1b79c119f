import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listPhotos, shardOf } from "../../../src/cli/evaluation/photos.ts";
import { temporaryFolder } from "../../support/command-line.ts";

test("x", async () => {
  void mkdir;
  void writeFile;
  void join;
  void listPhotos;
  void shardOf;
  void temporaryFolder;
  expect(1).toBe(1);
});
