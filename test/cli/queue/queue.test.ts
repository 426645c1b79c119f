import { rm } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { evaluate } from "../../../src/cli/commands/evaluate.ts";
import type { EvaluateCommandOptions } from "../../../src/cli/flags.ts";
import { captureOutput, temporaryFolder } from "../../support/command-line.ts";
import { EVALUATE_OPTIONS, fakeRuntime } from "../../support/fake-runtime.ts";
import { type Postgres, startPostgres, WITHOUT_POSTGRES } from "../../support/postgres.ts";
import { ask, putPhoto, putPhotos, startWorker, tableOf } from "../../support/queue-scene.ts";

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
});
