import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../src/cli/paths.ts";

/** A block between fences, or an indented one, whose language is "". */
export interface Block {
  /** Where it is: FILE:LINE of its first line. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** The paragraph before it. */
  readonly before: string;
}

/** Pages of a folder, and READMEs of the folders in it. */
function pagesIn(folder: string): string[] {
  const paths = readdirSync(join(ROOT, folder)).flatMap((name) => [`${folder}/${name}`, `${folder}/${name}/README.md`]);
  return paths.filter((path) => path.endsWith(".md") && existsSync(join(ROOT, path)));
}

export const PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", ...["docs", "examples", "packages", "bench"].flatMap(pagesIn)];

export const readPage = (page: string): string => readFileSync(join(ROOT, page), "utf8");

export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = readPage(page).split("\n");
  let before: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] as string;
    const fence = /^( *)```(\w*)$/.exec(line);
    const indented = /^ {4}\S/.test(line) && (lines[at - 1] ?? "") === "";
    const from = at + (fence ? 1 : 0);
    if (fence) {
      at = lines.indexOf(`${fence[1]}\`\`\``, from) + 1;
      if (at === 0) throw new Error(`${page}:${from}: the block has no end.`);
    } else if (indented) {
      while (/^ {4}|^$/.test(lines[at] ?? "x")) at++;
    }
    if (fence || indented) {
      const text = lines.slice(from, fence ? at - 1 : at).map((row) => row.slice(fence ? (fence[1] as string).length : 4));
      blocks.push({ place: `${page}:${from + 1}`, language: fence?.[2] ?? "", text: text.join("\n"), before: before.join("\n") });
    } else {
      if (line !== "" && lines[at - 1] === "") before = [];
      if (line !== "") before.push(line);
      at++;
    }
  }
  return blocks;
}

/** Text without its blocks and its code, which have no links. */
const prose = (page: string) =>
  readPage(page)
    .replace(/^( *)```[\s\S]*?^\1```$/gm, "")
    .replace(/^ {4}.*$/gm, "")
    .replace(/`[^`\n]*`/g, "``");

export const linksOf = (page: string): string[] => [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);

/** Anchors of a page's headings, as GitHub and typedoc make them. */
export const anchorsOf = (page: string): string[] =>
  [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
