import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { evaluate } from "../../../src/cli/commands/evaluate.ts";
import { captureOutput, temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { LONG } from "../../support/long.ts";
import { startPostgres, WITHOUT_POSTGRES } from "../../support/postgres.ts";
import { ask, putPhotos, type RunningWorker, startWorker, tableOf } from "../../support/queue-scene.ts";

const { open } = vi.hoisted(() => ({ open: vi.fn() }));
vi.mock("../../../src/cli/runtime.ts", async (original) => ({ ...(await original<object>()), openRuntime: open }));
vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));
// As short as the queue allows.
const LEASE_SECONDS = 10;
vi.mock("../../../src/cli/queue/drive.ts", async (original) => {
  const real = await original<typeof import("../../../src/cli/queue/drive.ts")>();
  return { ...real, evaluateByQueue: (work: Parameters<typeof real.evaluateByQueue>[0]) => real.evaluateByQueue(work, LEASE_SECONDS) };
});

const [PHOTOS, METHODS, MINUTE] = [200, ["relabel", "rise", "occlusion"], 60_000];

beforeEach(() => {
  open.mockReset().mockImplementation(async () => fakeRuntime());
  const restore = captureOutput(() => {});
  return () => {
    restore();
    vi.unstubAllEnvs();
  };
});

describe.skipIf(WITHOUT_POSTGRES !== undefined)(`with a queue ${WITHOUT_POSTGRES ?? ""}`, () => {
  test.runIf(LONG)(
    `every result is there once, after one of four workers was killed, one stopped, and the database restarted`,
    async () => {
      const folder = await temporaryFolder();
      const postgres = await startPostgres();
      vi.stubEnv("RELABEL_QUEUE", postgres.secret);
      await putPhotos(join(folder, "photos"), PHOTOS);
      const run = (out: string, queue?: string) =>
        evaluate(
          [join(folder, "photos")],
          {
            ...{ ...EVALUATE_OPTIONS, methods: METHODS, out: join(folder, out), unit: 5 },
            ...(queue === undefined ? {} : { queue }),
          },
          new AbortController().signal,
        );
      const count = async () => (await ask<{ count: number }>(postgres, "select count(*)::int from relabel.result")).count;
      const reach = (least: number) =>
        vi.waitUntil(async () => (await count().catch(() => 0)) >= least, { timeout: 3 * MINUTE, interval: 200 });

      // Time enough for each to be met in the middle of a unit.
      const workers: RunningWorker[] = [];
      for (let at = 0; at < 4; at++) workers.push(await startWorker(postgres, { pause: 150 }));
      const [killed, stopped, ...others] = workers;
      const finished = run("queued", postgres.address);
      await reach(40);
      killed?.child.kill("SIGKILL");
      stopped?.child.kill("SIGSTOP");
      await reach(160);
      postgres.stop();
      await sleep(2000);
      postgres.start();
      await sleep(1000 * (LEASE_SECONDS + 8));
      stopped?.child.kill("SIGCONT");
      await finished;

      const unique =
        "select count(*)::int, count(distinct key)::int as keys, count(*) filter (where failed)::int as failed from relabel.result";
      expect(await ask(postgres, unique)).toEqual({ count: 4 * PHOTOS, keys: 4 * PHOTOS, failed: 0 });
      await run("local");
      expect(await tableOf(join(folder, "queued"))).toEqual(await tableOf(join(folder, "local")));
      const filed = async (out: string) => (await readdir(join(folder, out, "photos"))).filter((name) => name.endsWith(".json"));
      expect(await filed("queued")).toEqual(await filed("local"));
      for (const { child, ended } of others) {
        child.kill("SIGTERM");
        expect(await ended).toBe(143);
      }
    },
    8 * MINUTE,
  );

  test.runIf(LONG)(
    "a worker whose event loop is blocked for longer than its lease keeps its unit",
    async () => {
      const folder = await temporaryFolder();
      const postgres = await startPostgres();
      vi.stubEnv("RELABEL_QUEUE", postgres.secret);
      await putPhotos(join(folder, "photos"), 1);
      const blocked = await startWorker(postgres, { block: 1000 * (LEASE_SECONDS + 15) });
      const finished = evaluate(
        [join(folder, "photos")],
        { ...EVALUATE_OPTIONS, methods: ["rise"], out: join(folder, "out"), queue: postgres.address },
        new AbortController().signal,
      );
      await vi.waitUntil(() => blocked.said.includes("explain"), { timeout: MINUTE, interval: 100 });
      const other = await startWorker(postgres);
      await finished;
      expect(blocked.said.match(/explain/g)).toHaveLength(1);
      expect(other.said).not.toContain("explain");
    },
    3 * MINUTE,
  );
});
