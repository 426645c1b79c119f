/**
 * Writes an index.ts into every folder of src/shaders: `npm run reflect` writes, a test compares. It holds each kernel's bindings, uniform
 * struct, workgroup size and constants as its WGSL declares them, so that TypeScript has their types and nothing is declared twice. There is a
 * file for each folder, so that a page loads only the kernels that it needs.
 *
 * A line `// include NAME.wgsl` adds the text of src/shaders/include/NAME.wgsl behind the kernel's own, whose line numbers stay.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ROOT } from "../src/cli/paths.ts";
import { reflectKernel, renderDefinition } from "../src/cli/reflect-kernel.ts";

const FOLDER = join(ROOT, "src", "shaders");
const INCLUDES = "include";
const NOTICE = "Written by `npm run reflect` from the .wgsl files; do not edit.";

/** `conv_stem` -> `convStem`. */
function identifier(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Every .wgsl file by its name without the ending, with its path below src/shaders. Throws where two have the same name. */
function findShaders(): Map<string, string> {
  const paths = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".wgsl"));
  const shaders = new Map(paths.map((path) => [basename(path, ".wgsl"), path.replaceAll("\\", "/")] as const).sort());
  if (shaders.size < paths.length) throw new Error("Two .wgsl files have the same name: kernels are called by it.");
  return shaders;
}

/** Names of the files that a kernel includes. */
const includesOf = (source: string) => [...source.matchAll(/^\/\/ include (\w+)\.wgsl$/gm)].map(([, name]) => name as string);

/** The definition of one kernel as TypeScript source. Throws where the file breaks the house's conventions. */
function define(name: string, source: string, included: readonly string[]): string {
  const reflection = reflectKernel(`${name}.wgsl`, [source, ...included].join("\n"));
  const text = [name, ...includesOf(source)].map((part) => `${identifier(part)}Source`).join(" + ");
  return `export const ${identifier(name)} = ${renderDefinition(name, text, reflection, ["checked: true"])};\n`;
}

/** What reflection writes, by path below src/shaders: the definitions of each folder, and an index of all. */
export function renderDefinitions(): Map<string, string> {
  const shaders = findShaders();
  const pathOf = (name: string) => {
    const path = shaders.get(name);
    if (!path) throw new Error(`There is no file ${name}.wgsl to include.`);
    return path;
  };
  const read = (name: string) => readFileSync(join(FOLDER, pathOf(name)), "utf8");
  const folders = new Map<string, string[]>();
  for (const [name, path] of shaders) {
    const folder = dirname(path);
    if (folder !== INCLUDES) folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  const files = [...folders].sort().map(([folder, names]): [string, string] => {
    const parts = [...new Set(names.flatMap((name) => [name, ...includesOf(read(name))]))].sort();
    const imports = parts.map((name) => {
      const from = relative(folder, pathOf(name)).replaceAll("\\", "/");
      return `import ${identifier(name)}Source from "${from.startsWith(".") ? from : `./${from}`}?raw";`;
    });
    const definitions = names.map((name) => define(name, read(name), includesOf(read(name)).map(read)));
    const type = 'import type { KernelDefinition } from "../definition.ts";';
    const opening = `/** Definitions of the kernels in src/shaders/${folder}. ${NOTICE} */`;
    return [`${folder}/index.ts`, `${opening}\n${type}\n${imports.join("\n")}\n\n${definitions.join("\n")}`];
  });
  const exports = files.map(([path]) => `export * from "./${path}";`);
  const opening = `/** Definitions of all kernels, for rooms that use several folders. ${NOTICE} */`;
  return new Map([...files, ["index.ts", `${opening}\n${exports.join("\n")}\n`]]);
}

/** What is there: every TypeScript file below src/shaders but the type that the definitions are of. */
export function currentDefinitions(): Map<string, string> {
  const paths = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).map((path) => path.replaceAll("\\", "/"));
  const written = paths.filter((path) => path.endsWith(".ts") && path !== "definition.ts");
  return new Map(written.map((path) => [path, readFileSync(join(FOLDER, path), "utf8")]));
}

if (process.argv.includes("--write")) {
  const files = renderDefinitions();
  for (const path of currentDefinitions().keys()) if (!files.has(path)) rmSync(join(FOLDER, path));
  for (const [path, text] of files) writeFileSync(join(FOLDER, path), text);
}
