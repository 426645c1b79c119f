/** Writes NOTICE: the licences of all packages inside a bundle. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { licenceFaults } from "./licences.ts";

/** Names that packages give the files of their licences and notices. */
const LEGAL = /^(licen[cs]e|copying|notice|thirdparty).*$/i;

/** The folder of the package that a module belongs to, if it belongs to one. */
export function packageOf(module: string): string | undefined {
  return /^\0?(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(module.replaceAll("\\", "/"))?.[1];
}

/** The text for the packages in these folders. Throws an Error for a licence that is not on the list of scripts/licences.ts. */
export async function noticeOf(folders: Iterable<string>): Promise<string> {
  const parts = new Map<string, string>();
  for (const folder of folders) {
    const { name, version, license, homepage, repository } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    const faults = licenceFaults({ [folder]: { license } });
    if (faults.length > 0) throw new Error(`${faults.join("; ")}: do without it, or add the licence in scripts/licences.ts.`);
    const files = (await readdir(folder)).filter((file) => LEGAL.test(file)).sort();
    const texts = await Promise.all(files.map(async (file) => (await readFile(join(folder, file), "utf8")).trim()));
    const source = homepage ?? repository?.url ?? repository;
    parts.set(
      `${name} ${version}`,
      [`${name} ${version}, ${license}`, `Source: ${source}`, ...texts.map((text) => `\n${text}`)].join("\n"),
    );
  }
  const sorted = [...parts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  const head = "relabel-cli, Apache-2.0 (see LICENSE). It contains these libraries, unchanged but for bundling and minifying:";
  return `${[head, ...sorted].join(`\n\n${"-".repeat(100)}\n\n`)}\n`;
}
