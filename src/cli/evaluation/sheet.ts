/** Collects what a report needs from the results of a run, which it reads once, a photo after the other. */
import { type CausalResult, type ClassScore, Column, type ExplainedMap, Tabulation } from "../../faces/all.ts";
import { describeAdapter } from "../command.ts";
import { type Findings, isScored, type NamedRecord, type ScoredRecord, type SkippedRecord } from "./record.ts";
import { Spool } from "./spool.ts";

/** What there is of a photo, without its numbers. */
export interface PhotoFacts {
  readonly name: string;
  readonly image: string;
  /** Among the photos that have scores: the place of its numbers. */
  readonly place: number;
  readonly target: ClassScore;
  /** The target's probability at the ends of the curves. */
  readonly ends?: CausalResult["ends"];
  readonly explained: readonly ExplainedMap[];
  /** Names of the methods and yardsticks that have a map. */
  readonly maps: readonly string[];
  /** Paths in the run's folder, see `ScoredRecord`. */
  readonly pictures: Readonly<Record<string, string>>;
}

/** Why a photo was left out. */
export interface LeftOut extends SkippedRecord {
  readonly name: string;
}

export function isLeftOut(photo: PhotoFacts | LeftOut): photo is LeftOut {
  return "skipped" in photo;
}

/** The numbers of all photos, 8 bytes each, and everything else on disk until `close`. */
export class Sheet {
  readonly tabulation = new Tabulation();
  /** Lines on the adapters that were used. */
  readonly adapters = new Set<string>();
  /** Labels of the photos' classes, by index. */
  readonly labels = new Map<number, string>();
  /** Index of the class of each photo that has scores. */
  readonly classes = new Column();
  /** Pixels replaced at every point of the curves; undefined where there are no curves. */
  replaced: readonly number[] | undefined;
  readonly #spool: Spool<PhotoFacts | LeftOut>;
  /** In the spool, of each photo that has scores. */
  readonly #entries = new Column();

  private constructor(spool: Spool<PhotoFacts | LeftOut>) {
    this.#spool = spool;
  }

  /** Throws a CommandError for a damaged file, and where the run's folder has no space. */
  static async collect({ folder, records }: Pick<Findings, "folder" | "records">): Promise<Sheet> {
    const sheet = new Sheet(await Spool.open(folder));
    try {
      for await (const found of records()) if (found) await sheet.#add(found);
      return sheet;
    } catch (error) {
      await sheet.close();
      throw error;
    }
  }

  async #add({ name, record }: NamedRecord): Promise<void> {
    await this.#spool.add(isScored(record) ? this.#note(name, record) : { name, ...record });
  }

  #note(name: string, record: ScoredRecord): PhotoFacts {
    const { image, target, adapters, explained, evaluation, pictures } = record;
    const place = this.tabulation.photos;
    this.tabulation.add(record);
    for (const adapter of adapters) this.adapters.add(describeAdapter(adapter));
    if (!this.labels.has(target.index)) this.labels.set(target.index, target.label);
    this.classes.set(place, target.index);
    this.#entries.set(place, this.#spool.count);
    this.replaced ??= evaluation.causal?.replaced;
    const ends = evaluation.causal?.ends;
    return { name, image, place, target, ...(ends ? { ends } : {}), explained, maps: Object.keys(evaluation.maps), pictures };
  }

  /** Photos that have scores. */
  get scored(): number {
    return this.tabulation.photos;
  }

  get leftOut(): number {
    return this.#spool.count - this.scored;
  }

  /** Of the photo at this place among those that have scores. */
  async facts(place: number): Promise<PhotoFacts> {
    return (await this.#spool.read(this.#entries.get(place))) as PhotoFacts;
  }

  /** All photos in the order of the run. */
  async *photos(): AsyncGenerator<PhotoFacts | LeftOut> {
    for (let at = 0; at < this.#spool.count; at++) yield this.#spool.read(at);
  }

  async close(): Promise<void> {
    await this.#spool.close();
  }
}
