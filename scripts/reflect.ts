/**
 * Writes an index.ts into every folder of src/shaders: each kernel's bindings, uniform struct, workgroup size and constants as its WGSL
 * declares them, so that TypeScript has their types and nothing is declared twice. A file a folder, so that a page loads the kernels of what
 * it does. `npm run reflect` writes; a test compares.
 *
 * A line `// include NAME.wgsl` adds the text of src/shaders/include/NAME.wgsl behind the kernel's own, whose line numbers stay.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ResourceType, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { ROOT } from "../src/cli/paths.ts";

const FOLDER = join(ROOT, "src", "shaders");
const INCLUDES = "include";
const NOTICE = "// Written by `npm run reflect` from the .wgsl files; do not edit.";

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
  const reflect = new WgslReflect([source, ...included].join("\n"));
  const [group] = reflect.getBindGroups();
  const entry = reflect.entry.compute[0];
  if (!group || entry?.name !== "main") throw new Error(`${name}.wgsl needs one bind group and an entry point named main.`);
  const storage = group.filter((binding) => binding.resourceType === ResourceType.Storage);
  const uniform = group.filter((binding) => binding.resourceType === ResourceType.Uniform);
  const [struct] = uniform;
  if (uniform.length > 1) throw new Error(`${name}.wgsl has more than one uniform struct.`);
  const members = (struct?.members ?? []).map((member, index) => {
    const scalar = ["u32", "i32", "f32"].includes(member.type.name) && member.offset === 4 * index;
    if (!scalar) throw new Error(`${name}.wgsl: uniform ${member.name} is not a scalar behind scalars.`);
    return `${member.name}: "${member.type.name}"`;
  });
  if ([...storage, ...uniform].some(({ binding }, index) => binding !== index))
    throw new Error(`${name}.wgsl: bindings are numbered from 0 on, the uniform struct being the last.`);
  const size =
    /@workgroup_size\(([^)]*)\)/
      .exec(source)?.[1]
      ?.split(",")
      .map((part) => part.trim()) ?? [];
  const workgroup = size.map((part) => (/^\d+$/.test(part) ? part : `"${part}"`));
  const constants = [
    ...[...source.matchAll(/^const (\w+): (?:u32|f32) = ([^;]+);/gm)].map(([, key, value]) => `${key}: ${value}`),
    ...[...source.matchAll(/^alias (\w+) = f32;/gm)].map(([, key]) => `${key}: "f32"`),
  ];
  const bindings = storage.map((binding) => `${binding.name}: "${binding.access}"`);
  const text = [name, ...includesOf(source)].map((part) => `${identifier(part)}Source`).join(" + ");
  return `export const ${identifier(name)} = {
  ...{ name: "${name}", source: ${text}, workgroup: [${workgroup.join(", ")}] },
  bindings: { ${bindings.join(", ")} },
  uniforms: { ${members.join(", ")} },
  constants: { ${constants.join(", ")} },
} as const satisfies KernelDefinition;
`;
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
    return [`${folder}/index.ts`, `${NOTICE}\n${type}\n${imports.join("\n")}\n\n${definitions.join("\n")}`];
  });
  const exports = files.map(([path]) => `export * from "./${path}";`);
  return new Map([...files, ["index.ts", `${NOTICE}\n${exports.join("\n")}\n`]]);
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
