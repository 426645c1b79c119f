/** The results of a run as far as they are known, wherever they are kept: what there is of a photo, and what it lacks. */
import type { RunPhoto } from "./photos.ts";
import type { NewResult, StoredResult } from "./record.ts";
import { hashPhoto, keyOf, originOf, YARDSTICKS } from "./run.ts";
import type { Origin, Run, Skipped } from "./schemas.ts";

/** Stands for a method in the key of a photo that was left out. */
export const SKIPPED = "skipped";

/** Where the work on photos learns what they lack, and files what it finds. */
export interface ResultStore extends Pick<Results, "missing" | "target" | "isUnchanged"> {
  /** Files results of a photo, all or none. */
  add(name: string, image: string, found: readonly NewResult[]): Promise<void>;
  /** Files why a photo was left out; if it changed meanwhile, or is gone, the next run tries it again. */
  skip(name: string, image: string, reason: string): Promise<void>;
}

/** What there is of a photo. */
interface Entry {
  readonly results: Map<string, StoredResult>;
  skipped?: Skipped | undefined;
}

export class Results {
  readonly #photos: ReadonlyMap<string, Run["photos"][number]>;
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(readonly run: Run) {
    this.#photos = new Map(run.photos.map((photo) => [photo.name, photo]));
    this.#entries = new Map(run.photos.map(({ name }) => [name, { results: new Map() }]));
  }

  /** Every kind of result that a photo has. */
  get methods(): string[] {
    return [YARDSTICKS, ...this.run.settings.methods.map(({ name }) => name)];
  }

  photo(name: string): Run["photos"][number] | undefined {
    return this.#photos.get(name);
  }

  /** SHA-256 of the photo; null for one that cannot be read. */
  hash(name: string): string | null {
    return this.photo(name)?.sha256 ?? null;
  }

  /** What a result depends on; undefined for a photo that cannot be read. */
  origin(name: string, method: string): Origin | undefined {
    const photo = this.photo(name);
    return photo?.sha256 ? originOf(this.run, { ...photo, sha256: photo.sha256 }, method) : undefined;
  }

  key(name: string, method: string): string {
    const origin = method === SKIPPED ? undefined : this.origin(name, method);
    return keyOf(origin ?? { results: this.run.results, photo: this.hash(name) });
  }

  resultsOf(name: string): ReadonlyMap<string, StoredResult> {
    return this.#entry(name).results;
  }

  skippedOf(name: string): Skipped | undefined {
    return this.#entry(name).skipped;
  }

  /** Takes note of a result, in the place of an earlier one. */
  keep(result: StoredResult): void {
    this.#entry(result.name).results.set(result.origin.method, result);
  }

  keepSkipped(skipped: Skipped): void {
    this.#entry(skipped.name).skipped = skipped;
  }

  #entry(name: string): Entry {
    return this.#entries.get(name) as Entry;
  }

  /** Methods whose results a photo lacks, or that failed there; without yardsticks, which come with the first, all. */
  missing(name: string): string[] {
    const { results } = this.#entry(name);
    const lacking = this.methods.filter((method) => !results.has(method) || results.get(method)?.failed);
    return lacking.includes(YARDSTICKS) ? this.methods : lacking;
  }

  /** Why a photo was left out that is still the same. */
  skipReason(name: string): string | undefined {
    const { skipped } = this.#entry(name);
    return skipped && skipped.photo !== null ? skipped.skipped : undefined;
  }

  /** The class that a photo's results are of: further ones must be of the same. */
  target(name: string): number | undefined {
    return this.#entry(name).results.get(YARDSTICKS)?.target.index;
  }

  /** Whether the photo's content, and that of the other one that goes with it, is still that of the run. */
  async isUnchanged({ name, path, other }: RunPhoto): Promise<boolean> {
    const hash = await hashPhoto(path);
    if (hash === null || hash !== this.hash(name)) return false;
    return !other || (await hashPhoto(other.path)) === this.photo(name)?.other?.sha256;
  }

  /** Results as they are kept: with keys and all that they depend on. */
  describe(name: string, image: string, found: readonly NewResult[]): StoredResult[] {
    return found.map(({ method, picture, ...facts }) => {
      const origin = this.origin(name, method) as Origin;
      return { key: keyOf(origin), origin, name, image, picture: picture !== undefined, ...facts };
    });
  }

  async describeSkipped(name: string, image: string, reason: string): Promise<Skipped> {
    const photo = (await this.isUnchanged({ name, path: image })) ? this.hash(name) : null;
    return { results: this.run.results, photo, name, image, skipped: reason };
  }
}
