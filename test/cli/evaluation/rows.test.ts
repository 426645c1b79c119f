import { describe, expect, test } from "vitest";
import type { NamedRecord, ScoredRecord } from "../../../src/cli/evaluation/record.ts";
import { rowsToCsv } from "../../../src/cli/evaluation/rows.ts";
import type { ExplainedMap } from "../../../src/faces/all.ts";
import { sheetOf } from "../../support/sheet.ts";

const ADAPTER = { vendor: "v", architecture: "a", description: "", software: false };

interface Made {
  name?: string;
  image?: string;
  label?: string;
  explained?: readonly ExplainedMap[];
  /** Area of deletion, by row. */
  maps?: Record<string, number>;
}

function scored({ name = "a", image = `${name}.jpg`, label = "cock", explained = [], maps = {} }: Made): NamedRecord {
  const curve = (area: number) => ({ probabilities: [area, area], area });
  const causal = (area: number) => ({ deletion: curve(area), insertion: curve(0.5), difference: 0.5 - area });
  const record: ScoredRecord = {
    ...{ image, target: { index: 7, label, probability: 0.5 }, adapters: [ADAPTER], explained, pictures: {} },
    evaluation: {
      ...{ teacher: "toy", target: 7, seed: 0, forward: 9, seconds: 1 },
      maps: Object.fromEntries(Object.entries(maps).map(([row, area]) => [row, { causal: causal(area) }])),
    },
  };
  return { name, record };
}

const method = (name: string, more: Partial<ExplainedMap> = {}): ExplainedMap => ({
  ...{ name, title: name, passes: { forward: 8, backward: 0 }, seconds: 0.25 },
  ...more,
});

/** Fields by the rules of RFC 4180, letter by letter. */
function parse(text: string): string[][] {
  const rows: string[][] = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const row = rows.at(-1) as string[];
    const [letter, next] = [text[at] as string, text[at + 1]];
    const append = () => row.push(row.pop() + letter);
    if (letter === '"' && quoted && next === '"') {
      append();
      at++;
    } else if (letter === '"') quoted = !quoted;
    else if (quoted) append();
    else if (letter === ",") row.push("");
    else if (letter === "\r" && next === "\n") {
      rows.push([""]);
      at++;
    } else append();
  }
  expect(rows.pop()).toEqual([""]);
  return rows;
}

/** The rows by the names of their columns. */
async function rowsOf(records: readonly NamedRecord[]): Promise<Record<string, string>[]> {
  const sheet = await sheetOf(records);
  let text = "";
  for await (const piece of rowsToCsv(sheet, sheet.tabulation.table("rise").rows)) text += piece;
  const [head = [], ...rows] = parse(text);
  expect(head.join()).toBe(
    "photo,image,class,label,method,deletion,insertion,difference,road,infidelity,fromBlur,fromGrey,fromStrong,fromOther,regions," +
      "auc,precision,pointing,forward,backward,seconds,state,reason",
  );
  return rows.map((row) => {
    expect(row).toHaveLength(head.length);
    return Object.fromEntries(head.map((field, at) => [field, row[at] as string]));
  });
}

test("a row a photo and map, in full precision, with what it cost and what became of it", async () => {
  const failed = method("lime", { degenerate: "Too little memory.", failed: true });
  const none = method("lime", { degenerate: "No label differs." });
  const rows = await rowsOf([
    scored({ name: "a", explained: [method("rise"), failed], maps: { rise: 0.1 + 0.2, edges: -1e-9 } }),
    { name: "b", record: { image: "b.jpg", skipped: "It is not an image." } },
    scored({ name: "c", explained: [method("rise"), none], maps: { rise: Number.NaN } }),
  ]);
  const facts = rows.map((row) => ["photo", "method", "deletion", "forward", "seconds", "state", "reason"].map((field) => row[field]));
  expect(facts).toEqual([
    ["a", "rise", "0.30000000000000004", "8", "0.25", "map", ""],
    ["a", "lime", "", "", "", "failed", "Too little memory."],
    ["a", "edges", "-1e-9", "", "", "map", ""],
    ["b", "", "", "", "", "left out", "It is not an image."],
    ["c", "rise", "", "8", "0.25", "map", ""],
    ["c", "lime", "", "8", "0.25", "no map", "No label differs."],
    ["c", "edges", "", "", "", "no map", ""],
  ]);
  expect(rows[0]).toMatchObject({ image: "a.jpg", class: "7", label: "cock", road: "" });
});

describe("names of every kind are one cell", () => {
  test.each([
    ["quotes", 'a "b" c', 'a "b" c'],
    ["commas", "a,b,,c", "a,b,,c"],
    ["line breaks", "a\nb\r\nc", "a\nb\r\nc"],
    ["other letters", "é 猫 🐈", "é 猫 🐈"],
    ["HTML", "<b>&amp;", "<b>&amp;"],
    ["a formula", '=HYPERLINK("x")', `'=HYPERLINK("x")`],
    ["a sum", "+1", "'+1"],
    ["a difference", "-1", "'-1"],
    ["an at sign", "@SUM(A1)", "'@SUM(A1)"],
    ["a tab", "\t=1", "'\t=1"],
    ["nothing", "", ""],
  ])("%s", async (_, text, cell) => {
    const [first, second] = await rowsOf([
      scored({ name: text, image: text, label: text, explained: [method("rise", { degenerate: text })] }),
      { name: text, record: { image: text, skipped: text } },
    ]);
    expect(first).toMatchObject({ photo: cell, image: cell, label: cell, method: "rise", reason: cell });
    expect(second).toMatchObject({ photo: cell, image: cell, state: "left out", reason: cell });
  });
});
