import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCli, temporaryFolder } from "../support/command-line.ts";

const MINUTE = 60_000;

interface Row {
  image: string;
  top5: { index: number; label: string; probability: number }[];
  logits?: number[];
}

test(
  "the classes of each photo are printed, and a bad image among them is reported",
  async () => {
    const bad = join(await temporaryFolder(), "bad.png");
    await writeFile(bad, "no image");
    const { code, stdout, stderr } = await runCli(["classify", "examples/cat.jpg", bad, "examples/coffee.jpg"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .*bad\.png: not an image/m);
    expect(stdout).toMatch(/^Adapter: google swiftshader.*software/);
    expect(stdout).toMatch(/cat\.jpg, seen by efficientnet-lite0:\n +\d+\.\d % .*cat.*\(28[0-9]\)/);
    expect(stdout).toMatch(/coffee\.jpg, .*\n +\d+\.\d % +espresso +\(967\)/);
  },
  MINUTE,
);

test(
  "--json prints one array and nothing else; both runtimes see the same",
  async ({ skip }) => {
    const args = ["classify", "examples/cat.jpg", "examples/rocket.jpg", "--size", "96x128", "--json", "--logits"];
    const chrome = await runCli(args);
    expect(chrome.code).toBe(0);
    const rows: Row[] = JSON.parse(chrome.stdout);
    expect(rows.map(({ image }) => image)).toEqual(["examples/cat.jpg", "examples/rocket.jpg"]);
    for (const { top5, logits } of rows) {
      expect(Object.keys(top5[0] as object)).toEqual(["index", "label", "probability"]);
      expect(logits).toHaveLength(1000);
      const best = (logits as number[]).indexOf(Math.max(...(logits as number[])));
      expect(top5[0]?.index).toBe(best);
      const shares = top5.map(({ probability }) => probability);
      expect(shares).toHaveLength(5);
      expect(shares).toEqual(shares.toSorted((a, b) => b - a));
      expect(shares.every((share) => share > 0 && share < 1)).toBe(true);
    }
    const node = await runCli([...args, "--runtime", "node"]);
    if (/found no adapter|not installed/.test(node.stderr)) skip(`--runtime node cannot run on this machine: ${node.stderr}`);
    expect(node.code).toBe(0);
    const again: Row[] = JSON.parse(node.stdout);
    rows.forEach(({ logits = [] }, image) => {
      const largest = Math.max(...logits.map(Math.abs));
      const furthest = Math.max(...logits.map((logit, index) => Math.abs(logit - (again[image]?.logits?.[index] ?? Number.NaN))));
      expect(furthest / largest).toBeLessThan(2e-3);
    });
  },
  2 * MINUTE,
);
