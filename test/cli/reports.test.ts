import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { drawChart } from "../../src/cli/chart.ts";
import { curveChart } from "../../src/cli/evaluation/curves.ts";
import { reportOf } from "../../src/cli/evaluation/html/frame.ts";
import { drawAll } from "../../src/cli/evaluation/html/index-page.ts";
import type { ScoredRecord } from "../../src/cli/evaluation/record.ts";
import { tableToCsv, tableToMarkdown } from "../../src/cli/evaluation/tables.ts";
import { makeProfileReport, profileToMarkdown } from "../../src/cli/profile-report.ts";
import { drawPage } from "../../src/cli/tsne/page.ts";
import type { TsneReport } from "../../src/cli/tsne/report.ts";
import type { CausalScores, Profile } from "../../src/faces/all.ts";
import { temporaryFolder } from "../support/command-line.ts";
import { sheetOf } from "../support/sheet.ts";

/** Ends whatever it may stand in, and would then run. */
const EVIL = `\u001b\u0000"'></td></script></title><img src=x onerror=alert(1)>|\`=1+1\`](javascript:alert(1))`;
const ADAPTER = { vendor: EVIL, architecture: "", description: "", software: false };

/** A photo's scores under hostile names, as a folder of somebody else's may hold them. */
function record(image: string, method: string): ScoredRecord {
  const curve = (area: number) => ({ probabilities: [area, area], area });
  const causal: CausalScores = { deletion: curve(0.1), insertion: curve(0.5), difference: 0.4 };
  return {
    ...{ image, adapters: [ADAPTER], target: { index: 7, label: EVIL, probability: 0.5 } },
    pictures: Object.fromEntries(["photo", method].map((what) => [what, `photos/${image}.${what.length}.webp`])),
    explained: [{ name: method, title: `=${EVIL}`, passes: { forward: 8, backward: 0 }, seconds: 1 }],
    evaluation: {
      ...{ teacher: EVIL, target: 7, seed: 0, forward: 9, seconds: 1 },
      maps: { [method]: { causal } },
      causal: { protocol: EVIL, replaced: [0, 1], ends: { original: 0.9, blank: 0.1 } },
    },
  };
}

test("in the page of an evaluation names are text, and pictures of any name are found", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "photos"));
  const names = ["50% #1?", "%41", "a&amp;b", `"it's" <i>`, "space  ", "é 猫", "c:\\d", ";,+=@$!*()"];
  const records = names.map((name) => ({ name, record: record(`${name}.jpg`, "#=?") }));
  for (const { record } of records) for (const path of Object.values(record.pictures)) await writeFile(join(folder, path), "");
  const left = { name: "left", record: { image: EVIL, skipped: EVIL } };
  const sheet = await sheetOf([...records, left]);
  const page = await drawAll(reportOf(sheet.tabulation.table("rise"), sheet, [EVIL]));
  expect(page).not.toMatch(
    /<(?!\/?(?:table|thead|tbody|tr|t[hd]|caption|span|p|small|a|h[12]|div|ul|li|html|head|meta|title|style|body|main|br|img|!doctype)\b)/,
  );
  const images = [...page.matchAll(/<img\b[^>]*>/g)].map(([tag]) => tag);
  expect(images).toHaveLength(2 + 2 * names.length);
  const sources = images.map((tag) => /^<img (?:[a-z]+="[\w ]+" )*src="([^"<>]*)" alt="[^"<>]*">$/.exec(tag)?.[1] as string);
  for (const source of sources.slice(2)) {
    expect(existsSync(fileURLToPath(new URL(source, pathToFileURL(`${folder}/`)))), source).toBe(true);
  }
});

test("tables and charts of an evaluation run nothing", async () => {
  const records = [record("a.jpg", EVIL), record("b.jpg", "=1+1")];
  const sheet = await sheetOf(records.map((record) => ({ name: record.image, record })));
  const table = sheet.tabulation.table("rise");
  // What a backslash stands before is a letter.
  const lines = tableToMarkdown(table).replace(/\\./g, "").split("\n");
  expect(lines).toHaveLength(2 + 2);
  expect(new Set(lines.map((line) => line.split("|").length)).size).toBe(1);
  expect(lines.join()).not.toMatch(/[<`]|\]\(/);
  const csv = tableToCsv(table);
  expect(csv).toContain("\n'=1+1,1,0.1,");
  expect(csv).not.toMatch(/^[=+\-@]/m);
  const { svg } = await drawChart(curveChart("deletion", table, sheet, EVIL));
  expect(svg).toContain("onerror");
  expect(svg).not.toContain("<img");
});

test("the page of a t-SNE runs nothing that a name says", () => {
  const point = { x: 0, y: 0, probability: 0.5, label: "kept", choice: EVIL } as const;
  const report = {
    ...{ image: `${EVIL}.jpg`, adapter: ADAPTER, teacher: EVIL, target: { index: 7, label: EVIL, probability: 0.5 }, of: "features" },
    ...{ described: EVIL, samples: 2, shiftedShare: 0, perplexity: 1, iterations: 1, rate: 1, divergence: 0, settings: { [EVIL]: EVIL } },
    seconds: { draw: 0, embed: 0, page: 0 },
  } as unknown as TsneReport;
  const page = drawPage(report, [point, { ...point, x: 1 }], { webp: new Uint8Array(), columns: 2, rows: 1 });
  expect(page).not.toContain("<img");
  expect(page.match(/<\/script>/g)).toHaveLength(2);
  expect(page.match(/<\/title>/g)).toHaveLength(1);
});

test("a profile in Markdown keeps names in their lines", () => {
  const of = { submit: 0, flops: 3e8, bytes: 5e6, grid: [1, 1, 1] as [number, number, number], constants: {}, start: 0, end: 6e6 };
  const profile: Profile = {
    ...{ began: 0, wall: 10, clock: { mode: "exact", step: 1 }, replayed: false, lost: 0, activities: [] },
    spans: [{ ...of, plan: "teacher", kernel: "conv", label: `${EVIL}\n# head` }],
    submits: [{ plan: "teacher", submitted: 0.4, done: 9.9 }],
  };
  const report = makeProfileReport(profile, {
    ...{ command: "explain", image: `${EVIL}\n# cat.jpg`, teacher: EVIL, method: "relabel", samples: 24, settings: { batch: 8 } },
    ...{ adapter: ADAPTER, runtime: EVIL, date: EVIL, ceilings: { gflops: 100, gigabytes: 10, read: 8, write: 6.25 } },
  });
  const markdown = profileToMarkdown(report);
  expect(markdown.match(/^#/gm)).toHaveLength(1);
  expect(markdown.replace(/\\./g, "")).not.toMatch(/[<`]|\]\(/);
});
