/**
 * Writes src/shaders/index.ts: every kernel's bindings, uniform struct, workgroup size and constants as its WGSL declares them,
 * so that TypeScript has their types and nothing is declared twice. `npm run reflect` writes; a test compares.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ResourceType, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { ROOT } from "../src/cli/paths.ts";

const FOLDER = join(ROOT, "src", "shaders");
const INDEX = join(FOLDER, "index.ts");

/** `conv_stem` -> `convStem`. */
function identifier(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The definition of one kernel as TypeScript source. Throws where the file breaks the house's conventions. */
function define(name: string, source: string): string {
  const reflect = new WgslReflect(source);
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
  return `export const ${identifier(name)} = {
  ...{ name: "${name}", source: ${identifier(name)}Source, workgroup: [${workgroup.join(", ")}] },
  bindings: [${bindings.join(", ")}],
  uniforms: { binding: ${struct.binding}, size: ${struct.size}, members: { ${members.join(", ")} } },
  constants: { ${constants.join(", ")} },
} as const satisfies KernelDefinition;
`;
}

/** The text that src/shaders/index.ts should have. */
export function renderIndex(): string {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".wgsl"))
    .map((file) => file.slice(0, -".wgsl".length))
    .sort();
  const imports = names.map((name) => `import ${identifier(name)}Source from "./${name}.wgsl?raw";`);
  const definitions = names.map((name) => define(name, readFileSync(join(FOLDER, `${name}.wgsl`), "utf8")));
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
