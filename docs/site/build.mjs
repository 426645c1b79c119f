/** `npm run docs`: installs typedoc at the first time, builds the site into dist-docs/, and refuses dead links. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const SITE = dirname(fileURLToPath(import.meta.url));
const OUT = join(SITE, "../../dist-docs");
const LOCK = join(SITE, "package-lock.json");
const INSTALLED = join(SITE, "node_modules/.package-lock.json");

const changed = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, args) {
  const { status } = spawnSync(command, args, { cwd: SITE, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Links of the site's pages to a page or an anchor that is not there, a line each. */
function deadLinks() {
  const pages = readdirSync(OUT, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".html"));
  const texts = new Map(pages.map((path) => [join(OUT, path), readFileSync(join(OUT, path), "utf8")]));
  const anchors = new Map(
    [...texts].map(([path, text]) => [path, new Set([...text.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => id))]),
  );
  return [...texts].flatMap(([page, text]) =>
    [...text.matchAll(/\s(?:href|src)="([^"]+)"/g)].flatMap(([, link]) => {
      const { href } = new URL(link.replaceAll("&amp;", "&"), `file://${page}`);
      if (!href.startsWith("file:")) return [];
      const { hash } = new URL(href);
      const target = fileURLToPath(href.replace(/[?#].*$/, ""));
      const found = target.endsWith(".html") && hash ? anchors.get(target)?.has(decodeURIComponent(hash.slice(1))) : existsSync(target);
      return found ? [] : [`${relative(OUT, page)}: ${link}`];
    }),
  );
}

if (changed(INSTALLED) < changed(LOCK)) run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
run(process.execPath, ["node_modules/typedoc/bin/typedoc", ...process.argv.slice(2)]);
const dead = deadLinks();
for (const line of dead) process.stderr.write(`error: dead link in ${line}\n`);
if (dead.length > 0) process.exitCode = 1;
