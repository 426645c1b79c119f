import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startStep } from "../../../bench/gpu/child.ts";
import { endWithin } from "../../../bench/gpu/plan.ts";
import type { Order } from "../../../bench/gpu/steps.ts";
import { temporaryFolder } from "../../support/command-line.ts";

const ORDER: Order = { step: "kernels", runtime: "node", weights: undefined, scratch: "/nowhere" };
const { signal } = new AbortController();

/** Starts a program in the place of the real one; `body` may `send`, and `end`, and is given the `message`. */
async function start(body: string) {
  const entry = join(await temporaryFolder(), "step.mjs");
  await writeFile(
    entry,
    `const send = (value) => process.send(value);\nconst end = (value) => process.send(value, () => process.exit());\nprocess.on("message", async (message) => {\n${body}\n});\n`,
  );
  const lines: string[] = [];
  return { lines, step: startStep(entry, ORDER, (line) => lines.push(line)) };
}

test("a step tells how far it is and what it found", async () => {
  const { step, lines } = await start(
    'send({ kind: "partial", result: 1, line: "half" }); end({ kind: "end", result: [message.step, process.argv[2]], complete: true });',
  );
  expect(await step.ended).toEqual({ state: "done", result: ["kernels", "--as-step"] });
  expect(lines).toEqual(["half"]);
});

test("a step that is asked to end is cut, with what it had", async () => {
  const { step } = await start('if (message === "abort") end({ kind: "end", result: "some", complete: false });');
  step.abort();
  expect(await step.ended).toEqual({ state: "cut", why: "its time was over", result: "some" });
});

test("an error and a crash are failures, with what was found before", async () => {
  const error = await start('send({ kind: "partial", result: 1, line: "" }); end({ kind: "error", message: "No.", fix: "Do." });');
  expect(await error.step.ended).toEqual({ state: "failed", why: "No. Do.", result: 1 });
  const crash = await start('send({ kind: "partial", result: 2, line: "" }); setTimeout(() => process.kill(process.pid, "SIGSEGV"), 50);');
  expect(await crash.step.ended).toEqual({ state: "failed", why: "its process ended by SIGSEGV", result: 2 });
});

test("a step whose driver blocks its process is ended by force", async () => {
  const { step } = await start('send({ kind: "partial", result: 3, line: "" }); setTimeout(() => { for (;;); }, 50);');
  const ending = await endWithin(step, 1500, signal);
  expect(ending).toMatchObject({ state: "cut", result: 3, why: expect.stringContaining("did not end when it was asked to") });
  // Its process is gone, too.
  expect(await step.ended).toMatchObject({ why: "its process ended by SIGKILL" });
});
