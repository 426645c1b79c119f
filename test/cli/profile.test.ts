import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeProfileReport, profileToMarkdown } from "../../src/cli/profile-report.ts";
import { type Profile, profileFile, type Span } from "../../src/faces/all.ts";
import { runCli, runHere, temporaryFolder } from "../support/command-line.ts";
import { checkTraceFormat } from "../support/trace-format.ts";

const ABOUT = {
  command: "explain" as const,
  image: "cat.jpg",
  teacher: "efficientnet-lite0",
  method: "relabel",
  samples: 24,
  settings: { batch: 8 },
  adapter: { vendor: "v", architecture: "a", description: "d", software: false },
  runtime: "Chrome/140",
  date: "2026-01-02T03:04:05.678Z",
  ceilings: { gflops: 100, gigabytes: 10, read: 8, write: 6.25 },
};

const of = { submit: 0, flops: 3e8, bytes: 5e6, grid: [4, 2, 1] as Span["grid"], constants: {} };

/** 6 ms of the teacher and 2 of the student, with a gap of 1 between, in 10 ms of wall time. */
const PROFILE: Profile = {
  began: 0,
  wall: 10,
  clock: { mode: "quantised", step: 65_536 },
  replayed: false,
  lost: 2,
  spans: [
    { ...of, plan: "teacher", kernel: "conv", label: "head", start: 0, end: 6e6 },
    { ...of, plan: "distil", kernel: "score", label: "score", start: 7e6, end: 9e6 },
  ],
  submits: [{ plan: "teacher", submitted: 0.4, done: 9.9 }],
  activities: [{ label: "record", kind: "work", start: 0, end: 0.2 }],
};

test("a profile in Markdown: rates against the ceilings, stages, the student's share, and where the wall time went", () => {
  const report = makeProfileReport(PROFILE, ABOUT);
  expect(report.occupancy).toBeCloseTo(8 / 9, 12);
  const markdown = profileToMarkdown(report).replace(/ +/g, " ");
  expect(markdown).toContain("| conv | 1 | 6.00 | 75.0 % | 50.00 | 50.0 % | 0.83 | 8.3 % |");
  expect(markdown).toContain("| distil | 1 | 2.00 | 25.0 % |");
  expect(markdown).toContain("| teacher: head (conv) | 1 |");
  expect(markdown).toContain("24 samples in batches of 8");
  expect(markdown).toContain("GPU clock: quantised, in steps of 65.536 us; 2 dispatches could not be timed");
  expect(markdown).toContain(
    "- Ceilings of this adapter: 100 GFLOP/s of f32 multiply-adds in registers; 10 GB/s of a copy, 8 of reading, 6.25 of writing",
  );
  expect(markdown).toMatch(
    /Wall time 10 ms in 1 submits: kernels 80.0 %, gaps between kernels 10.0 %, between submits 0.0 %, unaccounted 10.0 %/,
  );
  expect(markdown).toContain("CPU time in TypeScript: 2.0 % of the run (record 2.0 %)");
  expect(markdown).toContain("Student: 25.0 % of the explanation's GPU time");
});

test("a replayed profile has the replayed times in its tables, and says so, with the sum of the run's own", () => {
  const [first, second] = PROFILE.spans as [Span, Span];
  const spans = [{ ...first, replayed: 2e6 }, second];
  const report = makeProfileReport({ ...PROFILE, replayed: true, spans }, ABOUT);
  expect(report).toMatchObject({ replayed: true, replay: { run: 8, replayed: 4, left: 1 } });
  const markdown = profileToMarkdown(report).replace(/ +/g, " ");
  expect(markdown).toContain("| kernel | dispatches | ms, replayed |");
  expect(markdown).toContain("| conv | 1 | 2.00 | 50.0 % | 150.00 |");
  expect(markdown).toContain("| score | 1 | 2.00 | 50.0 % |");
  expect(markdown).toMatch(/Replayed: .* Together 4.00 ms, in the run itself 8.00 ms; 1 dispatches could not be replayed/);
  // Where the wall time went is of the run itself.
  expect(markdown).toContain("kernels 80.0 %");
  expect(profileToMarkdown(makeProfileReport(PROFILE, ABOUT))).not.toContain("replayed");
});

test("a profile in which no student worked says nothing of one", () => {
  const spans = PROFILE.spans.filter(({ plan }) => plan !== "distil");
  const report = makeProfileReport({ ...PROFILE, spans }, { ...ABOUT, method: "rise" });
  expect(report.student).toBeUndefined();
  expect(profileToMarkdown(report)).not.toContain("Student");
});

test("profile classify accounts for the wall time and writes a report, a table and a trace", { timeout: 60_000 }, async () => {
  const out = await temporaryFolder();
  const { code, stdout, stderr } = await runCli(["profile", "classify", "examples/cat.jpg", "--out", out]);
  expect([code, stderr]).toEqual([0, expect.stringContaining(`Files: ${join(out, "cat.trace.json")}`)]);
  expect(stdout).toMatch(/^\| conv_rows +\| +\d+ \|( +[\d.]+( %)? \|){6}$/m);
  expect((await readdir(out)).sort()).toEqual(["cat.profile.json", "cat.profile.md", "cat.trace.json"]);
  expect((await readFile(join(out, "cat.profile.md"), "utf8")).endsWith(stdout)).toBe(true);
  const { account, wall, ceilings, runtime, clock } = JSON.parse(await readFile(join(out, "cat.profile.json"), "utf8"));
  expect(account.kernels + account.insideSubmits + account.betweenSubmits + account.outside + account.disagreement).toBeCloseTo(wall, 6);
  expect(ceilings).toMatchObject(Object.fromEntries(["gflops", "gigabytes", "read", "write"].map((name) => [name, expect.any(Number)])));
  expect(runtime).toMatch(/^(Headless)?Chrom\w*\/\d+/);
  expect(clock.mode).toBe("exact");
  const trace = join(out, "cat.trace.json");
  const file = JSON.parse(await readFile(trace, "utf8"));
  checkTraceFormat(file);
  expect(file.traceEvents.filter(({ ph }: { ph: string }) => ph === "X").length).toBeGreaterThan(50);
  const again = await runHere(["profile", "--from", trace]);
  expect(stdout).toBe(again.stdout);
  const report = JSON.parse((await runHere(["profile", "--from", trace, "--json"])).stdout);
  expect(JSON.parse(await readFile(join(out, "cat.profile.json"), "utf8"))).toEqual({ generator: expect.any(String), ...report });
});

describe("profile --from", () => {
  const whole = () => JSON.parse(JSON.stringify(profileFile(PROFILE, ABOUT)));

  async function refusal(content: string): Promise<string> {
    const path = join(await temporaryFolder(), "cat.trace.json");
    await writeFile(path, content);
    const { stdout, stderr } = await runHere(["profile", "--from", path], { reports: true });
    expect(stdout).toBe("");
    return stderr.replace(path, "FILE");
  }

  test("prints the report of a saved profile, with ceilings or without", async () => {
    const path = join(await temporaryFolder(), "cat.trace.json");
    await writeFile(path, JSON.stringify(whole()));
    expect((await runHere(["profile", "--from", path])).stdout).toBe(`${profileToMarkdown(makeProfileReport(PROFILE, ABOUT))}\n`);
    const { ceilings: _, ...less } = ABOUT;
    await writeFile(path, JSON.stringify(profileFile(PROFILE, less)));
    const { stdout } = await runHere(["profile", "--from", path]);
    expect(stdout).not.toMatch(/eiling/);
    expect(stdout.replace(/ +/g, " ")).toContain("| conv | 1 | 6.00 | 75.0 % | 50.00 | 0.83 |");
  });

  test.each<[string, (file: ReturnType<typeof whole>) => unknown, RegExp]>([
    ["another trace", ({ traceEvents }) => ({ traceEvents }), /FILE, line 1: the field "otherData" is missing/],
    ["a report", () => makeProfileReport(PROFILE, ABOUT), /the field "otherData" is missing/],
    ["a list", ({ traceEvents }) => traceEvents, /the field "otherData" is missing/],
    ["another form", (file) => ({ ...file, otherData: { ...file.otherData, version: 2 } }), /"otherData.version" should be 1, and is 2/],
    ["a span without its end", (file) => void delete file.otherData.profile.spans[1].end, /"otherData.profile.spans.1.end" is missing/],
    ["a submit too few", (file) => void file.otherData.profile.submits.pop(), /dispatch 0 is of a submit that is not in the file/],
  ])("refuses %s in words", async (_, change, message) => {
    const file = whole();
    const line = await refusal(JSON.stringify(change(file) ?? file));
    expect(line).toMatch(message);
    expect(line).toMatch(/^error: FILE[^\n]*\. Give a NAME\.trace\.json that [^\n]*\n$/);
  });

  test("refuses what is no JSON, and what is not there", async () => {
    expect(await refusal("## Profile")).toMatch(/FILE, line 1: not JSON/);
    const { stderr } = await runHere(["profile", "--from", "nowhere.trace.json"], { reports: true });
    expect(stderr).toMatch(/^error: nowhere\.trace\.json: there is no such file\. Give a /);
  });
});
