import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { evaluate, planted } from "../../../src/cli/commands/evaluate.ts";
import { describeError } from "../../../src/cli/errors.ts";
import type { EvaluateCommandOptions } from "../../../src/cli/flags.ts";
import { readAddress } from "../../../src/cli/queue/address.ts";
import { QueueDatabase } from "../../../src/cli/queue/database.ts";
import { captureOutput, temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { writeHollowWeights } from "../../support/hollow-weights.ts";
import { PASSWORD, type Postgres, startPostgres, WITHOUT_POSTGRES } from "../../support/postgres.ts";
import { processTree } from "../../support/processes.ts";
import { ask, putPhoto, putPhotos, startWorker, tableOf } from "../../support/queue-scene.ts";
import { BUCKET, SECRET, startS3, TOKEN } from "../../support/s3-server.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));
// Charts take most of a run's time, and are not what is tested here.
vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));

const MINUTE = 60_000;
const METHODS = ["relabel", "rise", "occlusion"];

let [folder, told] = ["", ""];
let postgres: Postgres;

describe.skipIf(WITHOUT_POSTGRES !== undefined)(`evaluations by way of a queue${WITHOUT_POSTGRES ? ` (${WITHOUT_POSTGRES})` : ""}`, () => {
  beforeEach(async () => {
    told = "";
    open.mockReset().mockImplementation(async () => fakeRuntime());
    folder = await temporaryFolder();
    postgres = await startPostgres();
    vi.stubEnv("RELABEL_QUEUE", postgres.secret);
    const restore = captureOutput((text) => {
      told += text;
    });
    return () => {
      restore();
      vi.unstubAllEnvs();
    };
  }, MINUTE);

  const photos = () => join(folder, "photos");
  const out = (name: string) => join(folder, name);
  const run = (name: string, more: Partial<EvaluateCommandOptions> = {}, signal = new AbortController().signal) =>
    evaluate([photos()], { ...EVALUATE_OPTIONS, methods: METHODS, out: out(name), ...more }, signal);
  const queued = (name: string, more: Partial<EvaluateCommandOptions> = {}, signal?: AbortSignal) =>
    run(name, { queue: postgres.address, ...more }, signal);

  test(
    "two workers give the table of a run on one machine, and a second run finds all in the database",
    async () => {
      await putPhotos(photos(), 12);
      const worker = await startWorker(postgres);
      await startWorker(postgres);
      await run("local");
      await queued("queued", { unit: 2 });
      expect(await tableOf(out("queued"))).toEqual(await tableOf(out("local")));
      expect(await ask(postgres, "select count(*)::int from relabel.result")).toEqual({ count: 12 * 4 });
      worker.child.kill("SIGINT");
      expect(await worker.ended).toBe(130);
      expect(worker.said).toContain("Interrupted.");
      await rm(out("queued"), { recursive: true });
      told = "";
      await queued("again");
      expect(told).toContain("12 of 12 photos were in the database already.");
      expect(await tableOf(out("again"))).toEqual(await tableOf(out("local")));
    },
    MINUTE,
  );

  test(
    "a photo on which every try fails is set aside and named with the error, and the others are evaluated",
    async () => {
      await putPhotos(photos(), 4);
      await putPhoto(join(photos(), "q.png"), 77);
      await startWorker(postgres, { poison: 77 });
      await queued("queued", { unit: 5 });
      expect(told).toMatch(/q\.png was set aside after 3 tries: This photo is poison\. The same command tries it again\./);
      expect(await tableOf(out("queued"))).toMatchObject({ rows: expect.arrayContaining([expect.objectContaining({ photos: 4 })]) });
    },
    2 * MINUTE,
  );

  test(
    "Ctrl-C hands a unit back, and the next worker takes it, photos from the database where there is no folder",
    async () => {
      await putPhotos(photos(), 3);
      const first = await startWorker(postgres, { pause: 600_000 });
      const finished = queued("queued", { unit: 3, sendPhotos: true });
      await vi.waitUntil(() => first.said.includes("explain"), { timeout: MINUTE, interval: 100 });
      await rename(photos(), `${photos()}-elsewhere`);
      first.child.kill("SIGINT");
      expect(await first.ended).toBe(130);
      const second = await startWorker(postgres);
      await finished;
      expect(second.said).toContain("explain 1 relabel");
      // Not a try that failed: the unit was not taken apart.
      const jobs = await ask(postgres, "select count(*)::int, max(retry_count)::int as tries from relabel_queue.job where name = 'units'");
      expect(jobs).toEqual({ count: 2, tries: 0 });
      await rename(`${photos()}-elsewhere`, photos());
      await run("local");
      expect(await tableOf(out("queued"))).toEqual(await tableOf(out("local")));
    },
    2 * MINUTE,
  );

  test(
    "workers read photos from a store, and what it does not give is named",
    async () => {
      await putPhotos(photos(), 4);
      const s3 = await startS3();
      for (const [name, value] of Object.entries(s3.env)) vi.stubEnv(name, value);
      for (const name of await readdir(photos())) s3.objects.set(`set/${name}`, await readFile(join(photos(), name)));
      s3.faults.set("set/p000.png", ["cut", 503, "short"]);
      const worker = await startWorker(postgres, { pause: 500 });
      const finished = evaluate(
        [`s3://${BUCKET}/set`],
        { ...EVALUATE_OPTIONS, methods: METHODS, out: out("queued"), queue: postgres.address, unit: 1 },
        new AbortController().signal,
      );
      await vi.waitUntil(() => worker.said.includes("explain"), { timeout: MINUTE, interval: 50 });
      s3.objects.delete("set/p003.png");
      await finished;
      expect(told).toMatch(
        /p003\.png was set aside after 3 tries: s3:\/\/pictures\/set\/p003\.png: there is no such object \(404 NoSuchKey\)/,
      );
      await rm(join(photos(), "p003.png"));
      await run("local");
      expect(await tableOf(out("queued"))).toEqual(await tableOf(out("local")));
      for (const secret of [SECRET, TOKEN]) for (const text of [told, worker.said]) expect(text).not.toContain(secret);
      const plans = await ask<{ content: string }>(postgres, "select content from relabel.plan");
      expect(plans.content).not.toContain(SECRET);
    },
    2 * MINUTE,
  );

  test(
    "composites are made here, and workers give the table of a run on one machine",
    async () => {
      await putPhotos(photos(), 8);
      const worker = await startWorker(postgres);
      const compose = (name: string, more: Partial<EvaluateCommandOptions> = {}) =>
        planted(
          [photos()],
          { ...EVALUATE_OPTIONS, methods: METHODS, metrics: ["causal", "starts"], out: out(name), ...more },
          new AbortController().signal,
        );
      await compose("local");
      await compose("queued", { queue: postgres.address, unit: 3, sendPhotos: true });
      expect(worker.said).toContain("explain");
      const table = await tableOf(out("queued"));
      expect(table).toEqual(await tableOf(out("local")));
      expect(table).toMatchObject({
        rows: expect.arrayContaining([expect.objectContaining({ measures: expect.objectContaining({ auc: expect.anything() }) })]),
      });
      const composites = (await readdir(join(out("queued"), "composites"))).filter((name) => name.endsWith(".png"));
      expect(await ask(postgres, "select count(*)::int from relabel.photo")).toEqual({ count: composites.length });
    },
    2 * MINUTE,
  );

  test(
    "another photo under the same name is another result, and the first one stays",
    async () => {
      await putPhotos(photos(), 2);
      await startWorker(postgres);
      await queued("out");
      const first = await tableOf(out("out"));
      await putPhoto(join(photos(), "p001.png"), 99);
      await queued("out");
      expect(told).toMatch(/computing anew: 3 \(photo changed\)/);
      expect(await tableOf(out("out"))).not.toEqual(first);
      expect(await ask(postgres, "select count(*)::int from relabel.result")).toEqual({ count: 3 * 4 });
      await putPhoto(join(photos(), "p001.png"), 2);
      await queued("back");
      expect(told).toContain("2 of 2 photos were in the database already.");
      expect(await tableOf(out("back"))).toEqual(first);
    },
    2 * MINUTE,
  );

  test(
    "a worker with other weights hands its unit back and ends; other weights are other results, and the first ones stay",
    async () => {
      await putPhotos(photos(), 1);
      const weights = join(folder, "weights.safetensors");
      await writeHollowWeights(weights, "efficientnet-lite0");
      const wrong = await startWorker(postgres, { weights });
      const finished = queued("out");
      expect(await wrong.ended).toBe(2);
      expect(wrong.said).toMatch(
        /weights\.safetensors has other weights than the run \(by SHA-256\)\. Name the run's weights with --weights\./,
      );
      await startWorker(postgres);
      await finished;
      expect(await ask(postgres, "select max(retry_count)::int as tries from relabel_queue.job")).toEqual({ tries: 0 });
      await queued("out", { teacher: "efficientnet-lite0", weights });
      expect(told).toMatch(/computing anew: 3 \(weights changed\)/);
      expect(await ask(postgres, "select count(*)::int from relabel.result")).toEqual({ count: 2 * 4 });
    },
    2 * MINUTE,
  );

  test(
    "the password is in no argument, line or file, and a wrong one is not repeated",
    async () => {
      await putPhotos(photos(), 2);
      const worker = await startWorker(postgres, { pause: 500 });
      const finished = queued("out");
      await vi.waitUntil(() => worker.said.includes("explain"), { timeout: MINUTE, interval: 50 });
      const lines = processTree(process.pid).map(({ args }) => args.join(" "));
      expect(lines.some((line) => line.includes("entry.mjs"))).toBe(true);
      await finished;
      const files = (await readdir(out("out"), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), "latin1")));
      const kept = await ask(postgres, "select string_agg(i::text, '') as instances from relabel_queue.instance i");
      for (const text of [...lines, ...texts, told, worker.said, postgres.log, JSON.stringify(kept)]) expect(text).not.toContain(PASSWORD);
      vi.stubEnv("RELABEL_QUEUE", postgres.secret.replace(PASSWORD, "a-wrong-word"));
      const error = await queued("other").catch((reason) => reason);
      expect(describeError(error)).toMatch(
        /^error: The database postgres:\/\/ann@127\.0\.0\.1:\d+\/postgres cannot be used \(password authentication failed/,
      );
      expect(describeError(error)).not.toContain("a-wrong-word");
    },
    2 * MINUTE,
  );

  test(
    "the queue alone settles 20 units a second, and two workers do 1.9 times what one does",
    async () => {
      const queue = await QueueDatabase.open(readAddress(postgres.address));
      /** Seconds that `workers` take for units that wait for `pause` milliseconds. */
      const seconds = async (count: number, workers: number, pause: number) => {
        await queue.enqueue(
          Array.from({ length: count }, () => ({ run: "none", photos: [] })),
          60,
        );
        const began = performance.now();
        const work = async () => {
          for (let unit = await queue.take(); unit; unit = await queue.take()) {
            await sleep(pause);
            await queue.settle(unit, [], { rest: [] });
          }
        };
        await Promise.all(Array.from({ length: workers }, work));
        return (performance.now() - began) / 1000;
      };
      try {
        expect(await ask(postgres, "show synchronous_commit")).toEqual({ synchronous_commit: "on" });
        expect(100 / (await seconds(100, 1, 0))).toBeGreaterThan(20);
        // Units of 40 photos of 50 ms.
        expect((await seconds(12, 1, 2000)) / (await seconds(12, 2, 2000))).toBeGreaterThan(1.9);
      } finally {
        await queue.close();
      }
    },
    2 * MINUTE,
  );
});
