import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { evaluate } from "../../../src/cli/commands/evaluate.ts";
import { queue } from "../../../src/cli/commands/queue.ts";
import type { EvaluateCommandOptions } from "../../../src/cli/flags.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS } from "../../support/fake-runtime.ts";
import { type Postgres, startPostgres, WITHOUT_POSTGRES } from "../../support/postgres.ts";
import { ask, putPhotos, startWorker } from "../../support/queue-scene.ts";

vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));

const MINUTE = 60_000;

let [folder, printed] = ["", ""];
let postgres: Postgres;

describe.skipIf(WITHOUT_POSTGRES !== undefined)(`runs in a queue's database${WITHOUT_POSTGRES ? ` (${WITHOUT_POSTGRES})` : ""}`, () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    postgres = await startPostgres();
    vi.stubEnv("RELABEL_QUEUE", postgres.secret);
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += text;
      return true;
    });
    await putPhotos(join(folder, "photos"), 3);
    return () => {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
    };
  }, MINUTE);

  const run = (more: Partial<EvaluateCommandOptions>, signal = new AbortController().signal) =>
    evaluate(
      [join(folder, "photos")],
      { ...EVALUATE_OPTIONS, methods: ["rise"], out: join(folder, "out"), queue: true, unit: 3, ...more },
      signal,
    );
  const list = async (...names: string[]) => {
    printed = "";
    await queue(names, { queue: true });
    const rows = printed.trim().split("\n").slice(2);
    return rows
      .map((row) => row.split("|").map((cell) => cell.trim()))
      .map(([, id, , , methods, done, waiting]) => ({ id, methods, done, waiting }));
  };
  const remove = (...names: string[]) => queue(names, { queue: true, remove: true });
  const count = async (table: string) => (await ask<{ count: number }>(postgres, `select count(*)::int from ${table}`)).count;

  test(
    "are listed with what is done and what waits, and go with all that is theirs",
    async () => {
      await queue([], { queue: true });
      expect(printed).toBe("There are no runs in the queue.\n");
      const worker = await startWorker(postgres);
      await run({ sendPhotos: true });
      worker.child.kill("SIGKILL");
      await worker.ended;
      const stop = new AbortController();
      const stopped = run({ methods: ["occlusion"] }, stop.signal).catch(() => {});
      await vi.waitUntil(async () => (await count("relabel_queue.job where state = 'created'")) === 1, { timeout: MINUTE, interval: 100 });
      stop.abort();
      await stopped;

      const [first, second] = await list();
      expect(first).toEqual({ id: expect.stringMatching(/^[\da-f]{12}$/), methods: "rise", done: "3", waiting: "0" });
      expect(second).toEqual({ id: expect.stringMatching(/^[\da-f]{12}$/), methods: "occlusion", done: "0", waiting: "3" });
      const [one, other] = [first?.id as string, second?.id as string];
      expect(await list(other.slice(0, 8))).toEqual([second]);
      await expect(remove()).rejects.toThrow("--remove names no run");
      await expect(remove("x")).rejects.toThrow("There is no run x in the queue");
      await expect(remove("")).rejects.toThrow("Several runs begin with ");

      await remove(one);
      expect(await list()).toEqual([second]);
      expect(await count("relabel.result")).toBe(0);
      expect(await count("relabel.photo"), "of units that wait").toBe(3);
      await remove(other);
      expect(await list()).toEqual([]);
      for (const table of ["relabel.plan", "relabel.photo", "relabel_queue.job where state = 'created'"])
        expect(await count(table), table).toBe(0);
    },
    2 * MINUTE,
  );

  test(
    "that are removed while a worker is at them leave nothing, and the worker goes on with others",
    async () => {
      const worker = await startWorker(postgres, { pause: 2000 });
      const stop = new AbortController();
      const stopped = run({}, stop.signal).catch(() => {});
      await vi.waitUntil(() => worker.said.includes("explain"), { timeout: MINUTE, interval: 50 });
      stop.abort();
      await stopped;
      await remove((await list())[0]?.id as string);
      await run({ methods: ["occlusion"] });
      expect(await list()).toMatchObject([{ methods: "occlusion", done: "3", waiting: "0" }]);
      expect(worker.said.match(/explain \d rise/g)).toHaveLength(3);
      expect(await ask(postgres, "select count(distinct run)::int from relabel.result")).toEqual({ count: 1 });
    },
    2 * MINUTE,
  );
});
