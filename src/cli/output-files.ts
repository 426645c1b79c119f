/** Checks before the work that a command's files can be written and replace nothing foreign, and writes them after it. */
import { type BigIntStats, constants } from "node:fs";
import { access, lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "./errors.ts";
import { replaceFiles } from "./files.ts";
import type { ListedPhoto } from "./list-photos.ts";
import { isMarked, mark } from "./mark.ts";
import { foldName } from "./names.ts";

const ELSEWHERE = "name another folder with --out";
/** Bytes that file systems allow in a name. */
const LONGEST_NAME = 255;

export interface OutputOptions {
  out: string;
  /** Whether files that are not ours may be replaced. */
  force?: boolean;
  /** What is read from: a file, a folder or an address. */
  weights?: string;
  /** What to do where a file cannot be written there; "name another folder with --out" by default. */
  elsewhere?: string;
}

/** The files that a run writes into its folder: never over what it reads, and over what others wrote with --force only. */
export class Outputs {
  readonly #force: boolean;
  readonly #elsewhere: string;
  /** Device and number of every file that the run reads. */
  readonly #inputs: ReadonlySet<string>;

  private constructor({ force = false, elsewhere = ELSEWHERE }: OutputOptions, inputs: ReadonlySet<string>) {
    this.#force = force;
    this.#elsewhere = elsewhere;
    this.#inputs = inputs;
  }

  /**
   * Checks, before anything is computed, that the files which `pathsOf` gives for each photo's name can be written. Creates nothing. Throws a
   * CommandError for a folder that cannot be written to, names that are too long, two photos that would write the same file, and files that
   * must not be replaced.
   */
  static async check(
    photos: readonly ListedPhoto[],
    pathsOf: (name: string) => readonly string[],
    { out, force = false, weights }: OutputOptions,
  ): Promise<Outputs> {
    const owners = new Map<string, string>();
    for (const { path: image, name } of photos) {
      for (const path of pathsOf(name)) {
        const folded = foldName(path);
        const other = owners.get(folded);
        if (other !== undefined) {
          throw new CommandError(
            `${other} and ${image} would both write ${path}`,
            "Rename one of them, name the folder of both, or give each its own --out.",
          );
        }
        owners.set(folded, image);
      }
    }
    const images = photos.map(({ path }) => path);
    const paths = photos.flatMap(({ name }) => pathsOf(name));
    return Outputs.checkPaths(paths, [...images, ...(await filesOf(weights))], { out, force });
  }

  /** As `check`, of plain paths in the folder, and of files that the run reads. */
  static async checkPaths(paths: readonly string[], inputs: readonly string[], options: OutputOptions): Promise<Outputs> {
    const { out, elsewhere } = options;
    for (const folder of new Set([out, ...paths.map((path) => dirname(path))])) await checkFolder(folder, elsewhere);
    for (const path of paths) checkLength(path);
    const outputs = new Outputs(options, await identify(inputs));
    await outputs.#checkAll(paths);
    return outputs;
  }

  /**
   * Writes files with the project's mark, and removes those at the `stale` paths, all or none. Returns the paths written. Throws a
   * CommandError where that cannot be done, or a file that must not be replaced has appeared.
   */
  async write(contents: ReadonlyMap<string, Uint8Array | string>, stale: readonly string[] = []): Promise<string[]> {
    await this.#checkAll([...contents.keys(), ...stale]);
    return writeFiles(contents, stale, this.#elsewhere);
  }

  async #checkAll(paths: readonly string[]): Promise<void> {
    const foreign: string[] = [];
    for (const path of paths) {
      const facts = await lstat(path, { bigint: true }).catch(() => undefined);
      if (!facts) continue;
      if (facts.isDirectory()) throw new CommandError(`${path} is a folder`, `Rename it, or ${this.#elsewhere}.`);
      // A link to an input, or a second name of one, counts as the input.
      const target = await stat(path, { bigint: true }).catch(() => facts);
      if (this.#inputs.has(identityOf(target))) {
        throw new CommandError(`${path} would be overwritten, and this run reads it`, capital(`${this.#elsewhere}.`));
      }
      if (!this.#force && !(facts.isFile() && (await isMarked(path)))) foreign.push(path);
    }
    if (foreign.length === 0) return;
    const others = foreign.length > 1 ? ` (and ${foreign.length - 1} more such files)` : "";
    throw new CommandError(
      `${foreign[0]} exists and carries no mark of relabel${others}`,
      capital(`${this.#elsewhere}, or overwrite with --force; early versions left no mark.`),
    );
  }
}

/** Writes files with the project's mark, and removes those at the `stale` paths, all or none. Returns the paths written. Throws a CommandError. */
export async function writeFiles(
  contents: ReadonlyMap<string, Uint8Array | string>,
  stale?: readonly string[],
  elsewhere = ELSEWHERE,
): Promise<string[]> {
  try {
    await replaceFiles(new Map([...contents].map(([path, content]) => [path, mark(path, content)])), stale);
  } catch (cause) {
    // What the system adds is the name of a temporary file.
    const reason = (cause as Error).message.split(",")[0];
    throw new CommandError(
      `The files in ${dirname([...contents.keys()][0] as string)} could not be written (${reason})`,
      `Free some space, or ${elsewhere}.`,
      { cause },
    );
  }
  return [...contents.keys()];
}

/** Throws a CommandError where files cannot be written into the folder, or into the nearest one above that exists. */
export async function checkFolder(folder: string, elsewhere?: string): Promise<void> {
  let existing = resolve(folder);
  let facts = await stat(existing).catch(() => undefined);
  while (!facts) {
    const link = (await lstat(existing).catch(() => undefined))?.isSymbolicLink();
    // A drive that is not there has nothing above it.
    if (link || dirname(existing) === existing) break;
    existing = dirname(existing);
    facts = await stat(existing).catch(() => undefined);
  }
  const writable = await access(existing, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!facts?.isDirectory() || !writable) {
    const option = elsewhere === undefined ? `--out ${folder}: ` : "";
    throw new CommandError(`${option}${existing} is not a folder that can be written to`, capital(`${elsewhere ?? ELSEWHERE}.`));
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function checkLength(path: string): void {
  const bytes = Buffer.byteLength(basename(path));
  if (bytes <= LONGEST_NAME) return;
  throw new CommandError(
    `${basename(path)} is too long for a file name (${bytes} bytes, at most ${LONGEST_NAME})`,
    `Shorten the name by ${bytes - LONGEST_NAME} bytes.`,
  );
}

async function filesOf(weights: string | undefined): Promise<string[]> {
  if (weights === undefined) return [];
  const inside = await readdir(weights).catch(() => undefined);
  return inside?.map((name) => join(weights, name)) ?? [weights];
}

async function identify(paths: readonly string[]): Promise<Set<string>> {
  const facts = await Promise.all(paths.map((path) => stat(path, { bigint: true }).catch(() => undefined)));
  return new Set(facts.flatMap((found) => (found ? [identityOf(found)] : [])));
}

/** In bigints: NTFS's numbers of files are larger than 2^53. */
function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}
