/** Checks before the work that a command's files can be written and replace nothing foreign, and writes them after it. */
import { constants } from "node:fs";
import { access, lstat, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CommandError } from "./errors.ts";
import { FileNumbers, type Paths } from "./file-numbers.ts";
import { type Content, replaceFiles } from "./files.ts";
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
  /** Files that the run reads. */
  readonly #inputs: FileNumbers;

  private constructor({ force = false, elsewhere = ELSEWHERE }: OutputOptions, inputs: FileNumbers) {
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

  /** As `check`, of plain paths in the folder, and of files that the run reads. Lists may be of any length: of neither is more kept than a number a file. */
  static async checkPaths(paths: Paths, inputs: Paths, options: OutputOptions): Promise<Outputs> {
    const { out, elsewhere } = options;
    await checkFolder(out, elsewhere);
    const outputs = new Outputs(options, await FileNumbers.of(inputs));
    const folders = new Set([out]);
    await outputs.#checkAll(paths, async (path) => {
      const folder = dirname(path);
      if (!folders.has(folder)) await checkFolder(folder, elsewhere);
      folders.add(folder);
      checkLength(path);
    });
    return outputs;
  }

  /**
   * Writes files with the project's mark, and removes those at the `stale` paths, all or none. Returns the paths written. Throws a
   * CommandError where that cannot be done, or a file that must not be replaced has appeared.
   */
  async write(contents: ReadonlyMap<string, Content>, stale: readonly string[] = []): Promise<string[]> {
    await this.#checkAll([...contents.keys(), ...stale]);
    return writeFiles(contents, stale, this.#elsewhere);
  }

  async #checkAll(paths: Paths, check?: (path: string) => Promise<void>): Promise<void> {
    let [first, foreign] = ["", 0];
    for await (const path of paths) {
      await check?.(path);
      const facts = await lstat(path, { bigint: true }).catch(() => undefined);
      if (!facts) continue;
      if (facts.isDirectory()) throw new CommandError(`${path} is a folder`, `Rename it, or ${this.#elsewhere}.`);
      // A link to an input, or a second name of one, counts as the input.
      const target = await stat(path, { bigint: true }).catch(() => facts);
      if (this.#inputs.has(target)) {
        throw new CommandError(`${path} would be overwritten, and this run reads it`, capital(`${this.#elsewhere}.`));
      }
      if (this.#force || (facts.isFile() && (await isMarked(path)))) continue;
      if (foreign++ === 0) first = path;
    }
    if (foreign === 0) return;
    const others = foreign > 1 ? ` (and ${foreign - 1} more such files)` : "";
    throw new CommandError(
      `${first} exists and carries no mark of relabel${others}`,
      capital(`${this.#elsewhere}, or overwrite with --force; early versions left no mark.`),
    );
  }
}

/** Writes files with the project's mark, and removes those at the `stale` paths, all or none. Returns the paths written. Throws a CommandError. */
export async function writeFiles(
  contents: ReadonlyMap<string, Content>,
  stale?: readonly string[],
  elsewhere = ELSEWHERE,
): Promise<string[]> {
  try {
    await replaceFiles(new Map([...contents].map(([path, content]) => [path, marked(path, content)])), stale);
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

/** Pieces have no mark: they are of formats without room for one. */
function marked(path: string, content: Content): Content {
  if (typeof content !== "function") return mark(path, content);
  return () => {
    const made = content();
    return made instanceof Promise ? made.then((whole) => String(mark(path, whole))) : made;
  };
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
