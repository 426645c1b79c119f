/**
 * Runs the packed library and the installed command in several versions of Node, which come from npm, and holds their answers together:
 * `npm run nodes`. Needs the npm registry.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";

const VERSIONS = ["20", "22", "24"];
const PHOTO = join(ROOT, "examples", "cat.jpg");
/** Packages of Node itself, with its executable under bin/. */
const NODE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

const LIBRARY = `
import { Session, METHODS, overlay } from "relabel";
import * as engine from "relabel/engine";
console.log(typeof Session.create, METHODS.length, typeof overlay, Object.keys(engine).length);
`;

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
  return stdout;
}

/** What library and command answer. */
function answers(node: string, folder: string): { version: string; library: string; classes: string } {
  const command = join(folder, "node_modules", "relabel-cli", "dist", "relabel.mjs");
  return {
    version: run(node, ["--version"], folder).trim(),
    library: run(node, ["library.mjs"], folder).trim(),
    classes: run(node, [command, "classify", PHOTO, "--json"], folder),
  };
}

const folder = await mkdtemp(join(tmpdir(), "relabel-nodes-"));
try {
  if (!existsSync(join(ROOT, "dist", "index.js"))) throw new Error("There is no dist/: run `npm run build` first.");
  const pack = (from: string) => run("npm", ["pack", "--silent", "--pack-destination", folder], from).trim().split("\n").at(-1) as string;
  const tarballs = [pack(ROOT), pack(join(ROOT, "packages", "cli"))].map((name) => join(folder, name));
  await writeFile(join(folder, "package.json"), "{}");
  await writeFile(join(folder, "library.mjs"), LIBRARY);
  const nodes = VERSIONS.map((version) => `node-${version}@npm:${NODE}@${version}`);
  run("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs, ...nodes], folder);
  const found = VERSIONS.map((version) => answers(join(folder, "node_modules", `node-${version}`, "bin", "node"), folder));
  for (const { version, library } of found) printLine(`${version}: library ${library}`);
  const different = found.filter(({ library, classes }) => library !== found[0]?.library || classes !== found[0]?.classes);
  for (const { version } of different) notify(`error: Node ${version} answers otherwise than ${found[0]?.version}.`);
  if (different.length > 0) process.exitCode = 1;
  else printLine("All of them classify the photo alike.");
} finally {
  await rm(folder, { recursive: true, force: true });
}
