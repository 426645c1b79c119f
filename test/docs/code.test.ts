import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ROOT } from "../../src/cli/paths.ts";
import { reflectKernel, renderDefinition } from "../../src/cli/reflect-kernel.ts";
import { type Block, blocksOf, PAGES } from "../support/markdown.ts";

/** Languages that are not compiled here, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "": "command lines and their output: pages.test.ts parses the former",
  sh: "command lines as well",
  yaml: "settings of other programs",
  py: "Python: exports of models in their own libraries, a line of reference/operations.py",
  html: "an import map: test/scripts/in-your-page.test.ts opens a page with it",
};

/** Where CONTRIBUTING.md's parts of files belong: they replace what `from` matches, which `to` may keep. */
const PARTS: Readonly<Record<string, { file: string; from: RegExp; to?: string; imports?: string }>> = {
  "  /** Every channel times": {
    file: "src/ops/operations.ts",
    from: /(?=^ {2}\/\*\* The image, )/m,
    imports: 'import { channelScale } from "./channel-scale.ts";',
  },
  '  ...list("channelScale"': { file: "test/ops/cases.ts", from: /(?<=CASES: .*\n)/ },
  "export const TILES": { file: "src/explain/descriptions.ts", from: /$/ },
  "export { tiles }": { file: "src/explain/perturb/perturb-methods.ts", from: /$/ },
  "  list(TILES": {
    file: "src/explain/methods.ts",
    from: /(?<=OTHERS: .*\n)/,
    imports: 'import { TILES } from "./descriptions.ts";',
  },
  "import { keptPartMetric }": { file: "src/evaluate/metrics.ts", from: /(?=^\] as const satisfies readonly Metric\[\];$)/m },
};

// Below node_modules of the clone, so that its types are found.
const cache = join(ROOT, "node_modules", ".cache", "relabel");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(folder, path), "utf8");
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

/** Puts a block of CONTRIBUTING.md where it says. */
function place({ language, text, before, place }: Block): void {
  const [, part] = Object.entries(PARTS).find(([start]) => text.startsWith(start)) ?? [];
  if (part) {
    const { file, from, imports } = part;
    const old = read(file);
    expect(old, file).toMatch(from);
    const [, added = "", rest = text] = /^(import .*\n)([\s\S]*)$/.exec(text) ?? [];
    write(file, `${imports ? `${imports}\n` : added}${old.replace(from, () => (rest.endsWith("\n") ? rest : `${rest}\n`))}`);
    return;
  }
  const [path] = [...before.matchAll(/`((?:src|test)\/[\w/.-]+)`/g)].map(([, found]) => found as string);
  if (!path) throw new Error(`${place}: the paragraph before the block names no file.`);
  write(path, text);
  if (language !== "wgsl") return;
  const name = basename(path, ".wgsl");
  const identifier = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const definition = renderDefinition(name, '""', reflectKernel(path, text));
  const type = 'import type { KernelDefinition } from "./definition.ts";';
  write(`src/shaders/${name}.ts`, `${type}\nexport const ${identifier} = ${definition};\n`);
  write("src/shaders/index.ts", `${read("src/shaders/index.ts")}export * from "./${name}.ts";\n`);
}

test("code in the docs compiles", { timeout: 60_000 }, () => {
  for (const name of ["src", "examples/kernel"])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter: (path) => !/src.(cli|page)$/.test(path) });
  for (const name of ["test/ops/cases.ts", "test/docs/context.d.ts", "test/support/three-webgpu.d.ts"])
    cpSync(join(ROOT, name), join(folder, name));
  const pages = PAGES.flatMap((page) => blocksOf(page)).filter(({ language }) => !(language in ELSEWHERE));
  expect(pages.length).toBeGreaterThan(15);
  for (const block of pages) {
    if (block.place.startsWith("CONTRIBUTING.md")) place(block);
    else write(`examples/kernel/${block.place.replace(/\W/g, "_")}.ts`, `${block.text}\nexport {};\n`);
  }
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, "tsconfig.json"), "utf8"));
  const paths = Object.fromEntries([
    ["relabel", ["./src/index.ts"]],
    ...["element", "engine", "evaluate", "methods", "nets", "worker"].map((face) => [`relabel/${face}`, [`./src/faces/${face}.ts`]]),
  ]);
  write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: { ...compilerOptions, noUncheckedIndexedAccess: false, paths },
      include: ["src/**/*", "test/**/*", "examples/**/*"],
    }),
  );
  const { stdout } = spawnSync("npx", ["tsc", "-p", folder], { cwd: ROOT, encoding: "utf8" });
  expect(stdout).toBe("");
});
