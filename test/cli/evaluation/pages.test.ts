import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { scoresByClass, worstFirst } from "../../../src/cli/evaluation/html/classes.ts";
import { type Report, reportOf } from "../../../src/cli/evaluation/html/frame.ts";
import { findOutliers } from "../../../src/cli/evaluation/html/outliers.ts";
import { reportPages } from "../../../src/cli/evaluation/html/pages.ts";
import type { NamedRecord, ScoredRecord } from "../../../src/cli/evaluation/record.ts";
import { reportPaths, writeReport } from "../../../src/cli/evaluation/report.ts";
import type { Sheet } from "../../../src/cli/evaluation/sheet.ts";
import { Outputs } from "../../../src/cli/output-files.ts";
import type { ExplainedMap } from "../../../src/faces/all.ts";
import { temporaryFolder } from "../../support/command-line.ts";
import { Random } from "../../support/random.ts";
import { sheetOf } from "../../support/sheet.ts";

vi.mock("../../../src/cli/chart.ts", () => ({ drawChart: async () => ({ svg: "<svg/>", png: new Uint8Array(40) }) }));

const ADAPTER = { vendor: "v", architecture: "a", description: "", software: false };
const METHODS = ["relabel", "rise", "lime"];

interface Made {
  name: string;
  target?: number;
  label?: string;
  /** Insertion minus deletion, by row; methods that are not there have no map. */
  differences: Record<string, number>;
  reason?: string;
}

function scored({ name, target = 0, label = `class ${target}`, differences, reason = "No label differs." }: Made): NamedRecord {
  const curve = (area: number) => ({ probabilities: [area, area], area });
  const explained = METHODS.map((method): ExplainedMap => {
    const none = method in differences ? {} : { degenerate: reason };
    return { name: method, title: method, passes: { forward: 8, backward: 0 }, seconds: 1, ...none };
  });
  const maps = Object.entries(differences).map(([row, difference]) => [
    row,
    { causal: { deletion: curve(0), insertion: curve(difference), difference } },
  ]);
  const shown = ["photo", ...METHODS.filter((method) => method in differences)];
  const record: ScoredRecord = {
    ...{ image: `${name}.jpg`, target: { index: target, label, probability: 0.5 }, adapters: [ADAPTER], explained },
    pictures: Object.fromEntries(shown.map((what) => [what, `photos/${name}.${what}.webp`])),
    evaluation: { ...{ teacher: "toy", target, seed: 0, forward: 9, seconds: 1 }, maps: Object.fromEntries(maps) },
  };
  return { name, record };
}

/** Photos with random numbers, some of them without maps; every seventh is of a class with few. */
function many(
  photos: number,
  label = (target: number) => `class ${target}`,
): { name: string; target: number; differences: Record<string, number> }[] {
  const random = new Random(photos + label(0).length);
  return Array.from({ length: photos }, (_, at) => {
    const rows = [...METHODS, "random grid"].filter((row) => row === "random grid" || random.next() > 0.1);
    return {
      ...{ name: `p${String(at).padStart(4, "0")}`, target: at % 7 === 0 ? 500 + at : at % 5 },
      differences: Object.fromEntries(rows.map((row) => [row, random.next() - 0.5])),
    };
  });
}

async function reportFrom(records: readonly NamedRecord[]): Promise<Report> {
  const sheet = await sheetOf(records);
  return reportOf(sheet.tabulation.table("rise"), sheet, ["a fact"]);
}

const pagesOf = (sheet: Sheet) => reportPages(sheet.tabulation.table("rise"), sheet, ["a fact"]);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("scores by class are the means over its photos, also of a class with one", async () => {
  const photos = many(300);
  const report = await reportFrom(photos.map(scored));
  const classes = scoresByClass(report);
  expect(classes.map(({ index }) => index)).toEqual([...new Set(photos.map(({ target }) => target))].sort((a, b) => a - b));
  for (const { index, photos: number, means, overall } of classes) {
    const own = photos.filter(({ target }) => target === index);
    const expected = [...METHODS, "random grid"].map((row) => mean(own.flatMap(({ differences }) => differences[row] ?? [])));
    expect(number).toBe(own.length);
    expect(means).toEqual(expected);
    expect(overall).toBe(mean(expected.slice(0, 3).filter((value) => !Number.isNaN(value))));
  }
  expect(classes.some(({ photos }) => photos === 1)).toBe(true);
  const ranks = worstFirst(classes, report)
    .map(({ overall }) => overall)
    .filter((value) => !Number.isNaN(value));
  expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
});

test("outliers are those of a plain sort, and what there is no map of is counted and named", async () => {
  const photos = many(1500);
  const left = { name: "z", record: { image: "z.jpg", skipped: "It is not an image." } };
  const outliers = await findOutliers(await reportFrom([...photos.map(scored), left]));
  const values = photos.map(({ differences }) =>
    METHODS.flatMap((method) => (method in differences ? [[method, differences[method] as number] as const] : [])),
  );
  const gaps = values.flatMap((own, place) => {
    const numbers = own.map(([, value]) => value);
    return own.length > 1 ? [{ place, gap: Math.max(...numbers) - Math.min(...numbers) }] : [];
  });
  expect(outliers.disagreements.total).toBe(gaps.length);
  expect(outliers.disagreements.items.map(({ place, gap }) => ({ place, gap }))).toEqual(gaps.sort((a, b) => b.gap - a.gap).slice(0, 1000));
  const [{ place, best, worst, gap }] = outliers.disagreements.items as [(typeof outliers.disagreements.items)[number]];
  expect((photos[place]?.differences[best] as number) - (photos[place]?.differences[worst] as number)).toBe(gap);

  const grid = (at: number) => photos[at]?.differences["random grid"] as number;
  const below = values.flatMap((own, place) =>
    own.flatMap(([method, value]) => (value < grid(place) ? [{ place, method, gap: grid(place) - value }] : [])),
  );
  expect(outliers.belowGrid).toEqual({ total: below.length, items: below.sort((a, b) => b.gap - a.gap).slice(0, 1000) });

  const missing = photos.flatMap(({ name, differences }) =>
    METHODS.filter((method) => !(method in differences)).map((method) => ({ name, method })),
  );
  expect(outliers.missing.total).toBe(missing.length);
  expect(outliers.missing.items.map(({ facts: { name }, method }) => ({ name, method }))).toEqual(missing);
  expect(outliers.missing.items[0]?.reason).toBe("No label differs.");
  expect(outliers.leftOut).toEqual({ total: 1, items: [{ name: "z", ...left.record }] });
  for (const method of METHODS) {
    const maps = photos.filter(({ differences }) => method in differences).length;
    const belowGrid = below.filter((map) => map.method === method).length;
    expect(outliers.counts.get(method)).toEqual({ maps, belowGrid, missing: photos.length - maps, failed: 0 });
  }
});

describe("pages", () => {
  test("few photos are on one page, more have an overview and pages", async () => {
    const records = many(201).map(scored);
    expect([...(await pagesOf(await sheetOf(records.slice(0, 200)))).keys()]).toEqual(["index.html"]);
    const pages = await pagesOf(await sheetOf(records));
    const photos = [...pages.keys()].filter((name) => name.includes("photos-"));
    expect(photos).toEqual([1, 2, 3].map((page) => join("report", `photos-000${page}.html`)));
  });

  test.each([
    ["a single photo", [{ name: "a", differences: { relabel: 0.1, rise: 0.2, lime: 0.3, "random grid": 0 } }]],
    ["a photo without a map", [{ name: "a", differences: { "random grid": 0 } }]],
    ["a photo without a number", [{ name: "a", differences: {} }]],
  ])("of %s is drawn", async (_, made) => {
    const pages = await pagesOf(await sheetOf(made.map(scored)));
    const page = await (pages.get("index.html") as () => Promise<string>)();
    expect(page).toContain("Deletion and insertion of 1 photo<");
    if (!("relabel" in (made[0]?.differences ?? {}))) expect(page).toContain('<td class="none">No label differs.</td>');
  });

  test("of names of every kind are text, each link leads somewhere, and all photos are there, class by class", async () => {
    const evil = `"'></td></script></title><img src=x onerror=alert(1)>&amp; é 猫, a\n#1?%41`;
    const made = many(230, () => evil);
    const records = made.map((photo, at) =>
      scored({ ...photo, name: at % 3 === 0 ? photo.name : `${photo.name} ${evil.replaceAll("/", "|")}`, label: evil, reason: evil }),
    );
    const left = Array.from({ length: 30 }, (_, at) => ({ name: `left${at}`, record: { image: evil, skipped: evil } }));
    const drawn = new Map<string, string>();
    for (const [name, draw] of await pagesOf(await sheetOf([...records, ...left]))) drawn.set(name, await draw());

    const photos = new Set<string>();
    for (const [name, page] of drawn) {
      const [, body = ""] = page.split("</style>");
      expect(page.match(/<\/title>/g)).toHaveLength(1);
      expect(page.match(/<\/script>/g)?.length ?? 0).toBe(name.endsWith("classes.html") ? 1 : 0);
      expect(body.replace(/<script>[\s\S]*<\/script>/, "")).not.toMatch(
        /<(?!\/?(?:table|caption|thead|tbody|tr|t[hd]|p|small|span|h[123]|div|a|nav|details|summary|ul|ol|li|head|body|main|html|br|img)\b)/,
      );
      for (const [, source = ""] of page.matchAll(/<img [^<>]*src="([^"<>]*)"/g)) {
        const path = decodeURIComponent(join(dirname(name), source));
        expect(
          records.some(({ record }) => Object.values((record as ScoredRecord).pictures).includes(path)),
          path,
        ).toBe(true);
      }
      for (const [, address = ""] of page.matchAll(/<a href="([^"<>]*)"/g)) {
        const [file = "", anchor] = address.split("#");
        if (file === "rows.csv") continue;
        const there = drawn.get(file === "" ? name : join(dirname(name), file));
        expect(there, address).toBeDefined();
        if (anchor !== undefined) expect(there, address).toContain(` id="${anchor}"`);
      }
      for (const [id] of page.matchAll(/id="photo-\d+"/g)) photos.add(id);
    }
    expect(photos.size).toBe(230);
    const classes = [...drawn]
      .filter(([name]) => name.includes("photos-"))
      .flatMap(([, page]) => [...page.matchAll(/\((\d+)\)<\/span><\/th>/g)].map(([, index]) => Number(index)));
    expect([...new Set(classes)]).toEqual([...new Set(made.map(({ target }) => target))].sort((a, b) => a - b));
    expect(classes).toEqual([...classes].sort((a, b) => a - b));
  });

  test("a report of fewer photos leaves no pages of an earlier one behind, and no file of others is touched", async () => {
    const folder = await temporaryFolder();
    const write = async (photos: number) => {
      const records = many(photos).map(scored);
      const settings = { teacher: "toy", protocol: "rise", fit: "crop", seed: 0, precision: "f32" };
      const outputs = await Outputs.checkPaths(await reportPaths(folder), [], { out: folder });
      const all = async function* () {
        yield* records;
      };
      return writeReport({ folder, settings, about: {}, photos, records: all }, outputs);
    };
    const { files } = await write(320);
    const inside = (await readdir(join(folder, "report"))).sort();
    expect(inside).toContain("photos-0004.html");
    expect(files.length).toBeGreaterThan(inside.length);
    await mkdir(join(folder, "report"), { recursive: true });
    await writeFile(join(folder, "report", "mine.html"), "mine");
    await write(250);
    expect(await readdir(join(folder, "report"))).not.toContain("photos-0004.html");
    await write(20);
    expect(await readdir(join(folder, "report"))).toEqual(["mine.html"]);
    expect(await readFile(join(folder, "index.html"), "utf8")).toContain("Photo by photo");
    // A page that somebody else put there is not written over.
    await writeFile(join(folder, "report", "photos-0001.html"), "mine");
    await expect(write(250)).rejects.toThrow("photos-0001.html exists and carries no mark of relabel");
  });
});
