/** The command `reflect`: a typed definition next to each WGSL file, for kernels of one's own on `relabel/engine`. */
import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import { checkDefinition, type KernelDefinition } from "../../faces/all.ts";
import { CommandError } from "../errors.ts";
import type { WGSL_SOURCES } from "../flags.ts";
import { Outputs } from "../output-files.ts";
import { printLine } from "../print.ts";

export interface ReflectCommandOptions {
  source: (typeof WGSL_SOURCES)[number];
  force?: boolean;
}

/** There is no other folder: definitions stand next to their WGSL. */
const ELSEWHERE = "move or rename the .wgsl file, next to which its definition is written";

/** Writes NAME.kernel.ts next to every NAME.wgsl, all or none of a folder. Throws a CommandError; INVALID where the engine cannot run one. */
export async function reflect(files: readonly string[], { source, force = false }: ReflectCommandOptions): Promise<void> {
  const written = new Map<string, string>();
  for (const file of files) written.set(file.replace(/\.wgsl$/, ".kernel.ts"), await define(file, source));
  for (const out of new Set([...written.keys()].map((path) => dirname(path)))) {
    const contents = new Map([...written].filter(([path]) => dirname(path) === out));
    const outputs = await Outputs.checkPaths([...contents.keys()], files, { out, force, elsewhere: ELSEWHERE });
    for (const path of await outputs.write(contents)) printLine(`Wrote ${path}`);
  }
}

/** The text of one definition. */
async function define(file: string, source: ReflectCommandOptions["source"]): Promise<string> {
  if (extname(file) !== ".wgsl") throw new CommandError(`${file} does not end in .wgsl`, "Name WGSL files, one kernel each.");
  const text = await readFile(file, "utf8").catch((cause) => {
    throw new CommandError(`${file} cannot be read (${cause.code})`, "Name a WGSL file.", { cause });
  });
  const { reflectKernel, renderDefinition } = await import("../reflect-kernel.ts");
  const name = basename(file, ".wgsl");
  const reflection = reflectKernel(file, text);
  const values = Object.entries(reflection.constants).map(
    ([key, value]) => [key, value === '"f32"' ? ("f32" as const) : Number(value)] as const,
  );
  const definition = { name, source: text, ...reflection, constants: Object.fromEntries(values) } as KernelDefinition;
  checkDefinition(definition);
  // Every constant must also be where a dispatch can replace it.
  checkDefinition(definition, Object.fromEntries(values.map(([key, value]) => [key, value === "f32" ? "f16" : value + 1])));
  const inline = `\`${text.replace(/[\\`]|\$\{/g, "\\$&")}\``;
  const imported = `import wgsl from ${JSON.stringify(`./${basename(file)}${source === "raw" ? "?raw" : ""}`)};\n`;
  return `// Written by \`relabel reflect\` from ${basename(file)}. Do not edit: change the WGSL, and write this anew.
import type { KernelDefinition } from "relabel/engine";
${source === "inline" ? "" : imported}
export const ${exportName(name)} = ${renderDefinition(name, source === "inline" ? inline : "wgsl", reflection)};
`;
}

/** `soft_max-2d` -> `softMax2dKernel`, which no name of WGSL's or JavaScript's own can be. */
function exportName(name: string): string {
  const [first = "", ...rest] = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const joined = `${[first, ...rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1))].join("")}Kernel`;
  return /^\p{N}/u.test(joined) ? `_${joined}` : joined;
}
