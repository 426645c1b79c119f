/**
 * Lighthouse's scores of the page as `npm run build:page` left it: `npm run lighthouse`, or `npm run lighthouse -- --runs 1`. npx downloads Lighthouse, which is
 * too large to be installed with everything else for this alone.
 *
 * The adapter is the software one. Times depend on what else the machine does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { preview } from "vite";
import { median } from "../bench/statistics.ts";
import { findBrowser } from "../src/cli/find-browser.ts";
import { markdownTable } from "../src/cli/markdown-table.ts";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";

const PACKAGE = "lighthouse@12";
const FLAGS = ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", "--ignore-gpu-blocklist", "--use-webgpu-adapter=swiftshader"];
const DEVICES = { desktop: ["--preset=desktop"], mobile: [] } as const;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"] as const;
const SHIFT = "cumulative-layout-shift";

/** What is read of Lighthouse's report. */
interface Report {
  readonly categories: Record<
    string,
    { readonly score: number; readonly auditRefs: readonly { readonly id: string; readonly weight: number }[] }
  >;
  readonly audits: Record<string, { readonly score: number | null; readonly numericValue?: number; readonly displayValue?: string }>;
}

async function measure(address: string, flags: readonly string[], browser: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "relabel-lighthouse-"));
  try {
    const file = join(folder, "report.json");
    const own = ["--output=json", `--output-path=${file}`, "--quiet", `--chrome-flags=${FLAGS.join(" ")}`];
    const env = { ...process.env, CHROME_PATH: browser };
    const [code] = await once(
      spawn("npx", ["--yes", PACKAGE, address, ...flags, ...own], { stdio: ["ignore", "ignore", "inherit"], env }),
      "exit",
    );
    if (code !== 0) throw new Error(`${PACKAGE} ended with ${code}.`);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Audits that take something from a score, with what they found. */
function faultsOf({ categories, audits }: Report): string[] {
  const counted = CATEGORIES.flatMap((category) => categories[category]?.auditRefs ?? []).filter(({ weight }) => weight > 0);
  return counted.flatMap(({ id }) => {
    const { score = null, displayValue = "" } = audits[id] ?? {};
    return score !== null && score < 0.9 ? [`${id} ${displayValue}`.trim()] : [];
  });
}

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
if (!existsSync(join(ROOT, "dist-page/index.html"))) throw new Error("There is no dist-page/: run `npm run build:page` first.");
const server = await preview({ configFile: join(ROOT, "vite.page.config.ts"), preview: { port: 0, host: "127.0.0.1" }, logLevel: "error" });
const address = server.resolvedUrls?.local[0] as string;
const browser = await findBrowser(notify);
const rows: string[][] = [];
const faults = new Set<string>();
for (const [device, flags] of Object.entries(DEVICES)) {
  const reports: Report[] = [];
  for (let run = 0; run < Number(values.runs); run++) reports.push(await measure(address, flags, browser));
  const scores = CATEGORIES.map((category) => median(reports.map(({ categories }) => 100 * (categories[category]?.score ?? 0))).toFixed(0));
  const shift = median(reports.map(({ audits }) => audits[SHIFT]?.numericValue ?? Number.NaN)).toFixed(3);
  rows.push([device, ...scores, shift]);
  for (const fault of reports.flatMap(faultsOf)) faults.add(`${device}: ${fault}`);
}
printLine(markdownTable(["device", ...CATEGORIES, "layout shift"], rows));
for (const fault of faults) printLine(fault);
await server.close();
