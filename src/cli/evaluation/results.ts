/** The results of a run as far as they are known, wherever they are kept: what there is of a photo, and what it lacks. */
import type { RunPhoto } from "./photos.ts";
import type { NewResult, StoredResult } from "./record.ts";
import { hashPhoto, keyMaker, keyOf, originOf, YARDSTICKS } from "./run.ts";
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

/** What is known of a photo and a method: bits of one byte. */
const THERE = 1;
const FAILED = 2;
const PICTURE = 4;

/** Keeps a byte for each photo and method: which results there are, and not what they say. */
export class Results {
  /** Every kind of result that a photo has. */
  readonly methods: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #states: Uint8Array;
  /** By the photo's place; NaN where no class is known. */
  readonly #targets: Float64Array;
  readonly #keyMakers = new Map<string, ReturnType<typeof keyMaker>>();
  readonly #skipped = new Map<string, Skipped>();

  constructor(readonly run: Run) {
    this.methods = [YARDSTICKS, ...run.settings.methods.map(({ name }) => name)];
    this.#places = new Map(run.photos.map(({ name }, at) => [name, at]));
    this.#states = new Uint8Array(run.photos.length * this.methods.length);
    this.#targets = new Float64Array(run.photos.length).fill(Number.NaN);
  }

  /** In the run's list. */
  protected placeOf(name: string): number | undefined {
    return this.#places.get(name);
  }

  photo(name: string): Run["photos"][number] | undefined {
    return this.run.photos[this.placeOf(name) ?? -1];
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
    const photo = this.photo(name);
    if (method === SKIPPED || !photo?.sha256) return keyOf({ results: this.run.results, photo: this.hash(name) });
    const make = this.#keyMakers.get(method) ?? keyMaker(this.run, method);
    this.#keyMakers.set(method, make);
    return make({ ...photo, sha256: photo.sha256 });
  }

  skippedOf(name: string): Skipped | undefined {
    return this.#skipped.get(name);
  }

  /** Takes note of a result, in the place of an earlier one. */
  keep({ name, origin, failed, picture, target }: StoredResult): void {
    this.#states[this.#at(name, origin.method)] = THERE | (failed ? FAILED : 0) | (picture ? PICTURE : 0);
    if (origin.method === YARDSTICKS) this.#targets[this.placeOf(name) as number] = target.index;
  }

  keepSkipped(skipped: Skipped): void {
    this.#skipped.set(skipped.name, skipped);
  }

  #at(name: string, method: string): number {
    return (this.placeOf(name) as number) * this.methods.length + this.methods.indexOf(method);
  }

  #is(bit: number, name: string, method: string): boolean {
    return ((this.#states[this.#at(name, method)] as number) & bit) !== 0;
  }

  has(name: string, method: string): boolean {
    return this.#is(THERE, name, method);
  }

  hasFailed(name: string, method: string): boolean {
    return this.#is(FAILED, name, method);
  }

  hasPicture(name: string, method: string): boolean {
    return this.#is(PICTURE, name, method);
  }

  /** Whether a photo has all results, those of methods that failed among them. */
  isWhole(name: string): boolean {
    return this.methods.every((method) => this.has(name, method));
  }

  /** Whether there is something to report of a photo. */
  isKnown(name: string): boolean {
    return this.#skipped.has(name) || this.isWhole(name);
  }

  /** Methods whose results a photo lacks, or that failed there; without yardsticks, which come with the first, all. */
  missing(name: string): readonly string[] {
    const lacking = this.methods.filter((method) => !this.has(name, method) || this.hasFailed(name, method));
    return lacking.includes(YARDSTICKS) ? this.methods : lacking;
  }

  /** Why a photo was left out that is still the same. */
  skipReason(name: string): string | undefined {
    const skipped = this.skippedOf(name);
    return skipped && skipped.photo !== null ? skipped.skipped : undefined;
  }

  /** The class that a photo's results are of: further ones must be of the same. */
  target(name: string): number | undefined {
    const target = this.#targets[this.placeOf(name) ?? -1] ?? Number.NaN;
    return Number.isNaN(target) ? undefined : target;
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
