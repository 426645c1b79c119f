import { expect, test, vi } from "vitest";
import { loadQueuePackages } from "../../../src/cli/queue/packages.ts";
import { isPassing } from "../../../src/cli/queue/patience.ts";

vi.mock("pg-boss", () => {
  throw new Error("Cannot find package 'pg-boss'");
});

test("without its packages the queue says how to install them", async () => {
  await expect(loadQueuePackages()).rejects.toMatchObject({
    message: "The optional packages pg and pg-boss are not installed",
    fix: expect.stringMatching(/^Run `npm install (-g )?pg pg-boss`\.$/),
  });
});

test.each([
  [{ code: "ECONNREFUSED" }, true],
  [{ code: "57P01", message: "terminating connection due to administrator command" }, true],
  [{ message: "Connection terminated unexpectedly" }, true],
  [{ code: "40P01" }, true],
  [{ code: "28P01", message: "password authentication failed" }, false],
  [{ code: "42P01", message: 'relation "relabel.result" does not exist' }, false],
  [{ code: "40002" }, false],
  [{ code: "ENOSPC" }, false],
])("of %o the database may recover: %s", (error, passing) => {
  expect(isPassing(error)).toBe(passing);
});
