import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseReport } from "../../bench/report/read-report.ts";
import type { Report, Row } from "../../bench/report/report.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { report, row } from "../bench/report-case.ts";
import { findOverflow, findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

const FOLDER = join(ROOT, "bench/results");
const SENT_IN = new Map(
  readdirSync(FOLDER)
    // Of the same nets; others that are sent in may have other ones.
    .filter((name) => /^(lavapipe|swiftshader)-.*\.json$/.test(name))
    .map((name) => [name.replace(/\.json$/, ""), parseReport(readFileSync(join(FOLDER, name), "utf8"), name)]),
);
const [FIRST, SECOND] = [...SENT_IN.keys()] as [string, string];

describe("the page of results", { timeout: 120_000 }, () => {
  let visitor: Visitor;

  const visit = async (query: string) => {
    await visitor.page.goto(`${visitor.server.origin}/bench/results/${query}`);
    await visitor.page.waitForSelector("#source-list input");
  };

  beforeAll(async () => {
    visitor = await Visitor.arrive({ developed: true });
    visitor.page.setDefaultTimeout(30_000);
    await visit(`?run=${FIRST}&run=${SECOND}`);
    await visitor.read("#filter-count", /rows/);
  }, 120_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** Titles of the tables that are shown. */
  const tables = () =>
    visitor.page.$$eval("#tables > section", (all) => all.filter((table) => table.checkVisibility()).map(({ ariaLabel }) => ariaLabel));
  /** Unrounded values, or else texts, of a table's columns by row. */
  const cells = (title: string, columns: readonly string[]) =>
    visitor.page.$eval(
      `section[aria-label="${title}"]`,
      (table, wanted) => {
        const known = [...table.querySelectorAll<HTMLElement>("thead button")].map(({ dataset }) => dataset.column as string);
        return [...table.querySelectorAll("tbody tr")].map((line) =>
          wanted.map((column) => {
            const cell = line.children[known.indexOf(column)] as HTMLElement;
            return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
          }),
        );
      },
      columns,
    );
  const query = () => new URL(visitor.page.url()).searchParams;
  const write = async (name: string, content: string) => {
    const path = join(visitor.folder, name);
    await writeFile(path, content);
    return path;
  };
  const groups = (title: string) =>
    visitor.page.$$eval(`section[aria-label="${title}"] .groups th`, (all) => all.map((head) => head.textContent));

  test("shows of every net and layer what the files say", async () => {
    const milliseconds = ({ times }: Row) => (times?.gpu ?? times?.wall)?.median as number;
    const expected = (suite: string, numbers: (row: Row, report: Report) => number[], holds = (_: Row) => true) =>
      (SENT_IN.get(FIRST) as Report).rows
        .filter((line) => line.suite === suite && holds(line))
        .map(({ key }) =>
          [...SENT_IN.values()].flatMap((whole) => {
            const line = whole.rows.find((candidate) => candidate.key === key);
            return line?.state === "ok" ? numbers(line, whole) : [expect.stringMatching(/^(not measured|[a-z ]+ \S|FAILED|WRONG)/), ""];
          }),
        );
    const both = (...parts: string[]) => [FIRST, SECOND].flatMap((id) => parts.map((part) => `${id}/${part}`));
    expect(await cells("Nets", both("images/s", "ms"))).toEqual(
      expected("nets", (line) => [(line.batch / milliseconds(line)) * 1000, milliseconds(line)]),
    );
    for (const [title, unit, of] of [
      ["Layers that compute", "GFLOP/s", "flops"],
      ["Layers that only move data", "GB/s", "bytes"],
    ] as const) {
      const rates = (line: Row, { ceilings }: Report) => {
        const [gflops, gigabytes] = [line.flops / milliseconds(line) / 1e6, line.bytes / milliseconds(line) / 1e6];
        return [of === "flops" ? gflops : gigabytes, Math.max(gflops / ceilings.gflops, gigabytes / ceilings.gigabytes)];
      };
      expect(await cells(title, both(unit, "of ceiling"))).toEqual(
        expected("kernels", rates, ({ flops }) => flops > 0 === (of === "flops")),
      );
    }
    const ceilings = await cells("Ceilings", [FIRST, SECOND]);
    expect(ceilings[0]).toEqual([...SENT_IN.values()].map((whole) => whole.ceilings.gflops));
    expect(
      await visitor.page.$$eval("#race rect[data-key]", (all) => all.map((rect) => Number((rect as SVGElement).dataset.milliseconds))),
    ).toEqual((await cells("Nets", both("ms"))).flat().filter((value) => typeof value === "number"));
  });

  test("keeps order and filter in its address, from where they come back", async () => {
    const column = `${SECOND}/ms`;
    await visitor.click(`[data-column="${column}"]`);
    const rising = (await cells("Nets", [column])).flat();
    expect(rising).toEqual([...rising].sort((a, b) => Number(a) - Number(b)));
    await visitor.click(`[data-column="${column}"]`);
    expect((await cells("Nets", [column])).flat()).toEqual([...rising].reverse());
    await visitor.fill("#filter-text", "conv1x1 14x14");
    await visitor.page.select("#filter-presence", "everywhere");
    const shown = await visitor.read("#filter-count", /of/);
    expect(await tables()).toEqual(["Layers that compute"]);
    expect(Object.fromEntries(query())).toEqual({ run: SECOND, filter: "conv1x1 14x14", show: "everywhere", "sort.nets": `-${column}` });
    await visitor.page.reload();
    expect(await visitor.read("#filter-count", /of/)).toBe(shown);
    await visitor.fill("#filter-text", " ");
    await visitor.page.waitForSelector("section[aria-label=Nets]:not([hidden])");
    expect((await cells("Nets", [column])).flat()).toEqual([...rising].reverse());
    expect(await visitor.page.$eval(`[data-column="${column}"]`, (button) => button.closest("th")?.ariaSort)).toBe("descending");
  });

  test("shows those that are checked, and says so where there is none", async () => {
    await visit("");
    await visitor.read("#filter-count", /rows/);
    expect((await groups("Nets")).length).toBeGreaterThanOrEqual(2);
    await visitor.click(`input[value="${FIRST}"]`);
    await visitor.page.waitForFunction((id) => !document.querySelector(`#ceilings [data-column="${id}"]`), {}, FIRST);
    expect(query().getAll("run")).not.toContain(FIRST);
    for (const id of query().getAll("run")) await visitor.click(`input[value="${id}"]`);
    await visitor.read("#nothing");
    expect(await visitor.visible("#report")).toBe(false);
    await visitor.page.reload();
    await visitor.read("#nothing");
  });

  test("takes runs that the browser keeps and files, and says what is missing and why", async () => {
    const adapter = { vendor: "nvidia", architecture: "ada", description: "", software: false };
    const net = { key: "nets/resnet18 b1", suite: "nets" as const, group: "net", batch: 1, uses: {}, items: 1 };
    const kept = report([row("resnet18", 0.5, net)], { adapter, date: "2026-05-06T07:08:09.000Z" });
    const large = { ...net, key: "nets/vgg16 b1", times: undefined, state: "skipped" as const, code: "OUT_OF_MEMORY", note: "needs 9 GB" };
    const file = report([row("resnet18", 0.25, net), row("vgg16", undefined, large)], { adapter, date: "2026-05-07T07:08:09.000Z" });
    // As text, because the test runner would rewrite an import for Node.
    await visitor.page.evaluate(
      `import("/bench/page/runs/store.ts").then(({ keepRun }) => keepRun(${JSON.stringify(kept)}, "Everything"))`,
    );
    await visit(`?run=${SECOND}&run=${kept.date}`);
    await visitor.read("#tables", /resnet18/);
    await visitor.drop(await write("ada.json", JSON.stringify(file)), await write("other.json", "{}"));
    await visitor.read("#tables", /vgg16/);
    expect(await visitor.text("#problem")).toBe(
      "other.json is no report of this benchmark. Give the report.json of a run of the benchmark.",
    );
    const ids = [`file ada.json ${file.date}`, kept.date];
    expect(query().getAll("run").sort()).toEqual([...ids, SECOND].sort());
    const nets = await cells("Nets", ["name", ...ids.map((id) => `${id}/ms`), ...ids.map((id) => `${id}/images/s`)]);
    expect(nets.slice(0, 2)).toEqual([
      ["resnet18", 0.25, 0.5, 4000, 2000],
      ["vgg16", "", "", "out of memory needs 9 GB", "not measured"],
    ]);
    await visitor.page.reload();
    expect(await visitor.read("#problem")).toBe(
      `The address names ${ids[0]}, which this browser does not have. Open the file of that run, or check other results.`,
    );
    await visitor.read("#tables", /resnet18/);
    expect(visitor.errors).toEqual([]);
  });

  test("has no violation, and fits windows of any width", async () => {
    await visit("");
    await visitor.read("#filter-count", /rows/);
    expect(await findViolations(visitor.page)).toEqual([]);
    for (const width of [360, 1280, 2560]) {
      await visitor.page.setViewport({ width, height: 900 });
      expect(await findOverflow(visitor.page)).toBe(0);
    }
  });
});
