/** Opens the classifiers' files that --net names. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { CommandError } from "../../src/cli/errors.ts";
import type { FileSource } from "../../src/cli/file-source.ts";
import { locateWeights, modelOf, openInput, type WeightsFiles } from "../../src/cli/locate.ts";
import { wireWeights } from "../../src/cli/page-host.ts";
import { weightsAddress } from "../../src/cli/page-protocol.ts";
import { NETS } from "../bench-options.ts";
import type { WireNet } from "../host.ts";
import { type OwnNet, openOwnNet } from "../own-nets.ts";

/** Nets of files, by the names that their rows have: those of the files. */
export class OwnFiles {
  readonly #files: ReadonlyMap<string, WeightsFiles>;
  readonly #sources: FileSource[] = [];

  private constructor(files: ReadonlyMap<string, WeightsFiles>) {
    this.#files = files;
  }

  /** Finds all that are not names of NETS. Throws a CommandError, BAD_MODEL, BAD_WEIGHTS. */
  static async find(nets: readonly string[] = [], signal: AbortSignal): Promise<OwnFiles> {
    const files = new Map<string, WeightsFiles>();
    for (const path of nets.filter((net) => !NETS.has(net))) {
      if (!existsSync(path)) {
        throw new CommandError(
          `--net: "${path}" is no net that is known, and no file`,
          `Give a file, or choose among: ${[...NETS.keys()].join(", ")}.`,
        );
      }
      const name = rowName(path);
      if (files.has(name))
        throw new CommandError(`--net names two files that are called ${name}`, "Rename one: rows are told apart by it.");
      files.set(name, await locateWeights(path, undefined, signal));
    }
    return new OwnFiles(files);
  }

  /** The nets, read from the disk piece by piece until `close`. */
  async open(): Promise<Map<string, OwnNet>> {
    const nets = new Map<string, OwnNet>();
    for (const [name, files] of this.#files) {
      const model = files.onnx ? await modelOf(files, this.#sources) : await openInput(files, files.teacher.file, this.#sources);
      nets.set(name, await openOwnNet(files.path, model as OwnNet["model"]));
    }
    return nets;
  }

  /** What a page is told of them. */
  get wire(): WireNet[] {
    return [...this.#files].map(([name, files], index) => ({ name, folder: folderOf(index), weights: wireWeights(files) }));
  }

  /** The paths of all that a page may ask for, by address. */
  get served(): [string, string][] {
    return [...this.#files.values()].flatMap((files, index) =>
      [...files.paths].map(([file, path]) => [weightsAddress(folderOf(index) + file), path] as [string, string]),
    );
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
  }
}

/** What rows call a net that is asked for. */
export const rowName = (net: string): string => (NETS.has(net) ? net : basename(net));

/** Files of two nets may share their names. */
const folderOf = (index: number) => `${index}/`;
