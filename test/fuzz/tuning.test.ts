import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import fc from "fast-check";
import { beforeEach, test, vi } from "vitest";
import { fileStore, tuningPath } from "../../src/cli/tuning-store.ts";
import { asTuning, type Tuning } from "../../src/explain/tuning.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { check } from "./check.ts";
import { mutate, mutations } from "./mutation.ts";

const KEY = "1|google|swiftshader";

beforeEach(async () => {
  vi.stubEnv("RELABEL_CACHE", await temporaryFolder());
  return () => vi.unstubAllEnvs();
});

function assertTuning({ choices, saved }: Tuning): void {
  assert.ok(choices !== null && typeof choices === "object" && !Array.isArray(choices));
  for (const choice of Object.values(choices)) assert.equal(typeof choice, "string");
  assert.ok(saved >= 0 && saved < 1);
}

const tunings = fc.record({
  choices: fc.dictionary(fc.string(), fc.string()),
  saved: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

test("whatever a store holds is a tuning or counts as none", async () => {
  const nearly = fc.record({
    choices: fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.anything()),
    saved: fc.oneof(fc.double(), fc.anything()),
  });
  let found = 0;
  await check(
    700,
    fc.asyncProperty(fc.oneof(tunings, nearly, fc.anything()), async (value) => {
      const tuning = asTuning(value);
      if (!tuning) return;
      found++;
      assertTuning(tuning);
    }),
  );
  assert.ok(found > 0);
});

test("a tuning file comes back as it was saved; a damaged one is ignored, and that is said", async () => {
  const path = tuningPath(KEY);
  await mkdir(dirname(path), { recursive: true });
  await check(
    800,
    fc.asyncProperty(tunings, fc.option(mutations('{}[]",:.0129 null')), fc.option(fc.anything()), async (saved, changes, wild) => {
      const lines: string[] = [];
      const store = fileStore((line) => lines.push(line));
      const whole = new TextEncoder().encode(
        JSON.stringify(wild === null ? { key: KEY, ...saved } : { key: KEY, ...saved, choices: wild }, (_, value) =>
          typeof value === "bigint" ? 1 : value,
        ),
      );
      await writeFile(path, changes ? mutate(whole, changes) : whole);
      const loaded = await store.load(KEY);
      assert.equal(lines.length, loaded ? 0 : 1);
      if (loaded) assertTuning(loaded);
      if (changes === null && wild === null) assert.deepEqual(loaded, JSON.parse(JSON.stringify(saved)));
    }),
  );
});
