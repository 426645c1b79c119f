/** Asks the npm registry for known vulnerabilities in what the project depends on: `npm run audit`. */
import { spawnSync } from "node:child_process";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";

/** What `npm audit --json` answers where the registry knows of vulnerabilities. */
interface AuditReport {
  metadata?: { vulnerabilities?: Record<string, number> };
  vulnerabilities?: Record<string, { name: string; severity: string; range: string }>;
}

const GRAVE = ["high", "critical"];

/** A line for each package with a grave vulnerability, from an answer of `npm audit --json`; undefined where the registry gave none. */
export function graveFaults(text: string): string[] | undefined {
  const report = parse(text);
  if (!report?.metadata?.vulnerabilities) return undefined;
  const grave = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) => GRAVE.includes(severity));
  return grave.map(({ name, severity, range }) => `${name} ${range}: ${severity}`);
}

function parse(text: string): AuditReport | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

if (process.argv.includes("--check")) {
  // All of it: the library has no dependencies, and the commands' are among those for development. Without a network, or a registry that
  // answers, one try is enough.
  const args = ["audit", "--json", "--fetch-retries=0", "--fetch-timeout=30000"];
  const { stdout } = spawnSync("npm", args, { cwd: ROOT, encoding: "utf8", shell: process.platform === "win32" });
  const faults = graveFaults(stdout ?? "");
  if (!faults) notify("No audit: the registry did not answer, or offers none.");
  else if (faults.length === 0) printLine("The registry knows of no grave vulnerability in what we depend on.");
  for (const fault of faults ?? []) notify(`error: ${fault}. Update it; npm audit says to what.`);
  if (faults?.length) process.exitCode = 1;
}
