/** Checks that anybody may use and pass on every package that the project depends on: `npm run licences`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../src/cli/paths.ts";
import { notify, printLine } from "../src/cli/print.ts";

/** Licences under which anybody may use what we depend on, and pass it on. */
const ALLOWED = [
  ...["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "BlueOak-1.0.0", "Python-2.0", "Unlicense"],
  // Changes to its own files stay under it; we make none.
  "MPL-2.0",
];

/** Licences that are fine for some packages: a library that is loaded as a file of its own, and a font. */
const ALLOWED_FOR: Readonly<Record<string, RegExp>> = { "LGPL-3.0-or-later": /^@img\/sharp-/, "OFL-1.1": /^@fontsource\// };

/** What npm's lock file says of a package. */
export interface LockedPackage {
  license?: string;
  link?: boolean;
}

/**
 * The packages of a lock file, by path, whose licence is not on the lists, a line each. The lock file names the licence of every package,
 * of those for other platforms too. A few lines of ours: tools that do this look into node_modules, where those are not.
 */
export function licenceFaults(packages: Readonly<Record<string, LockedPackage>>): string[] {
  return Object.entries(packages).flatMap(([path, { license, link }]) => {
    const name = path.replace(/^.*node_modules\//, "");
    if (path === "" || link) return [];
    if (license === undefined) return [`${name} states no licence`];
    return isAllowed(license, name) ? [] : [`${name} is under ${license}`];
  });
}

/** Reads an SPDX expression as the choices between every two ANDs: never less strict than its parentheses are. */
function isAllowed(expression: string, name: string): boolean {
  const isListed = (licence: string) => ALLOWED.includes(licence) || (ALLOWED_FOR[licence]?.test(name) ?? false);
  return expression
    .replace(/[()]/g, "")
    .split(/\s+AND\s+/i)
    .every((choices) => choices.split(/\s+OR\s+/i).some((licence) => isListed(licence.trim())));
}

/** Packages of the repository, and of what builds the docs site, by path. */
export function readLock(): Record<string, LockedPackage> {
  const read = (path: string) => JSON.parse(readFileSync(join(ROOT, path), "utf8")).packages;
  return { ...read("docs/site/package-lock.json"), ...read("package-lock.json") };
}

if (process.argv.includes("--check")) {
  const packages = readLock();
  const faults = licenceFaults(packages);
  for (const fault of faults)
    notify(`error: ${fault}, which is on no list of scripts/licences.ts. Do without it, or add the licence there.`);
  if (faults.length > 0) process.exitCode = 1;
  else printLine(`The licences of all ${Object.keys(packages).length - 1} packages are on the list.`);
}
