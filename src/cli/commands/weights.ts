/** Shows which weights are on this machine, and fetches or deletes them. */
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PACKAGE_WEIGHTS, TEACHERS, type TeacherDefinition } from "../../faces/all.ts";
import { cachePath } from "../cache-path.ts";
import { CommandError } from "../errors.ts";
import { fetchTeacher, UNPUBLISHED } from "../fetch-teacher.ts";
import { typed, WEIGHTS } from "../paths.ts";
import { printLine } from "../print.ts";
import { megabytes } from "../progress.ts";

export interface WeightsCommandOptions {
  remove?: boolean;
}

/** The command `weights`; without names it lists all teachers. Throws what `download` throws. */
export async function weights(names: readonly string[], { remove }: WeightsCommandOptions, signal: AbortSignal): Promise<void> {
  const teachers = TEACHERS.filter(({ name }) => names.includes(name));
  if (remove) return removeWeights(teachers);
  if (teachers.length === 0) return listTeachers();
  for (const teacher of teachers) printLine(await fetchTeacher(teacher, signal));
}

async function removeWeights(teachers: readonly TeacherDefinition[]): Promise<void> {
  if (teachers.length === 0) {
    throw new CommandError("--remove was given no name", `Name the weights to remove; \`${typed("weights")}\` lists those in the cache.`);
  }
  let freed = 0;
  for (const { name, file } of teachers) {
    const paths = [cachePath(file), `${cachePath(file)}.part`];
    const sizes = await Promise.all(paths.map(sizeOf));
    if (sizes.every((size) => size === undefined)) printLine(`${name}: not in the cache.`);
    for (const [index, path] of paths.entries()) {
      const size = sizes[index];
      if (size === undefined) continue;
      await rm(path);
      printLine(`${name}: removed ${path} (${megabytes(size)}).`);
      freed += size;
    }
  }
  printLine(`${megabytes(freed)} are free again.`);
}

async function listTeachers(): Promise<void> {
  const rows = await Promise.all(TEACHERS.map(describe));
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  for (const [name, size, state] of rows) {
    printLine(`${name.padEnd(widths[0] as number)}  ${size.padStart(widths[1] as number)}  ${state}`);
  }
}

/** Name, size and state of a teacher's weights. */
async function describe({ name, file, hub }: TeacherDefinition): Promise<[string, string, string]> {
  const own = await sizeOf(join(WEIGHTS, file));
  if (own !== undefined) return [name, `${Math.round(own / 1e6)} MB`, hub ? "in weights/" : "built in"];
  const published = hub ? `${hub.megabytes} MB` : "";
  const path = cachePath(file);
  const size = await sizeOf(path);
  if (size !== undefined) return [name, published, `in the cache: ${megabytes(size)}, ${path}`];
  if (!hub) return [name, published, PACKAGE_WEIGHTS[file] ? "missing from weights/" : UNPUBLISHED];
  const begun = await sizeOf(`${path}.part`);
  return [
    name,
    published,
    begun === undefined ? "not downloaded" : `not downloaded; ${megabytes(begun)} of an unfinished download are kept`,
  ];
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
