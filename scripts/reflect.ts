/**
 * Writes src/shaders/index.ts: every kernel's bindings, uniform struct, workgroup size and constants as its WGSL declares them,
 * so that TypeScript has their types and nothing is declared twice. `npm run reflect` writes; a test compares.
 *
 * A line `// include NAME.wgsl` adds the text of src/shaders/include/NAME.wgsl behind the kernel's own, whose line numbers stay.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ResourceType, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { ROOT } from "../src/cli/paths.ts";

const FOLDER = join(ROOT, "src", "shaders");
const INDEX = join(FOLDER, "index.ts");
const INCLUDES = "include";

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
  if (!struct || uniform.length !== 1) throw new Error(`${name}.wgsl needs exactly one uniform struct.`);
  const members = (struct.members ?? []).map((member) => {
    if (!["u32", "i32", "f32"].includes(member.type.name)) throw new Error(`${name}.wgsl: uniform ${member.name} is not a scalar.`);
    return `${member.name}: { offset: ${member.offset}, type: "${member.type.name}" }`;
  });
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
  const bindings = storage.map((binding) => `{ name: "${binding.name}", binding: ${binding.binding}, access: "${binding.access}" }`);
  const text = [name, ...includesOf(source)].map((part) => `${identifier(part)}Source`).join(" + ");
  return `export const ${identifier(name)} = {
  ...{ name: "${name}", source: ${text}, workgroup: [${workgroup.join(", ")}] },
  bindings: [${bindings.join(", ")}],
  uniforms: { binding: ${struct.binding}, size: ${struct.size}, members: { ${members.join(", ")} } },
  constants: { ${constants.join(", ")} },
} as const satisfies KernelDefinition;
`;
}

/** The text that src/shaders/index.ts should have. */
export function renderIndex(): string {
  const shaders = findShaders();
  const read = (name: string) => {
    const path = shaders.get(name);
    if (!path) throw new Error(`There is no file ${name}.wgsl to include.`);
    return readFileSync(join(FOLDER, path), "utf8");
  };
  const imports = [...shaders].map(([name, path]) => `import ${identifier(name)}Source from "./${path}?raw";`);
  const kernels = [...shaders].filter(([, path]) => dirname(path) !== INCLUDES);
  const definitions = kernels.map(([name]) => define(name, read(name), includesOf(read(name)).map(read)));
  return `// Written by \`npm run reflect\` from the .wgsl files; do not edit.
import type { KernelDefinition } from "./definition.ts";
${imports.join("\n")}

${definitions.join("\n")}`;
}

/** The text that it has. */
export function currentIndex(): string {
  return readFileSync(INDEX, "utf8");
}

if (process.argv.includes("--write")) writeFileSync(INDEX, renderIndex());
