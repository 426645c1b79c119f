/** The finished maps: those that this browser keeps, and those that it could not, which stay while the page is open. */
import { megabytes } from "../format.ts";
import { PageError } from "../problem.ts";
import type { KeptBody, KeptHead, KeptMap } from "./kept-map.ts";
import { Shelf, tooMany } from "./shelf.ts";

const NAME = "relabel-maps";

/** The most bytes that maps may take here, as whoever serves the page says. */
const limit = () => Number(document.querySelector<HTMLMetaElement>("meta[name=kept-megabytes]")?.content) * 1e6;

/** All finished maps of this browser. Tabs tell each other what changes. */
export class KeptMaps {
  readonly #shelf = new Shelf<KeptHead, KeptBody>(NAME);
  readonly #loose = new Map<string, KeptMap>();
  readonly #channel = new BroadcastChannel(NAME);

  /** Ends when the map that was finished last is kept, or could not be. */
  keeping: Promise<void> = Promise.resolve();
  readonly #listeners: (() => Promise<void>)[] = [];

  constructor() {
    this.#channel.onmessage = () => this.#tell();
  }

  /** `listener` hears of changes here and in other tabs, and is called once now. */
  listen(listener: () => Promise<void>): void {
    this.#listeners.push(listener);
    listener();
  }

  /** The newest first. */
  async list(): Promise<KeptHead[]> {
    const loose = [...this.#loose.values()].map(({ head }) => head);
    return [...loose, ...(await this.#shelf.list())].sort((a, b) => b.id.localeCompare(a.id));
  }

  /** Keeps a map; the oldest go where there are too many. Throws a PageError where it stays only until the page is left. */
  async keep(map: KeptMap): Promise<void> {
    const { head, body } = map;
    try {
      if (head.bytes > limit()) throw new Error(`it takes ${megabytes(head.bytes)}, and all may take ${megabytes(limit())}`);
      await this.#shelf.keep(head, body, limit());
    } catch (cause) {
      this.#loose.set(head.id, map);
      for (const { id } of tooMany(
        [...this.#loose.values()].map((loose) => loose.head),
        limit(),
      ))
        this.#loose.delete(id);
      const reason = cause instanceof Error && cause.message ? cause.message.replace(/\.$/, "") : "storage is full or switched off";
      throw new PageError(
        `This browser did not store the map (${reason}).`,
        "It is here until you leave the page: save its files, or delete other maps.",
        { cause },
      );
    } finally {
      await this.#changed();
    }
  }

  /** Throws a PageError where it was deleted meanwhile. */
  async open(head: KeptHead): Promise<KeptMap> {
    const loose = this.#loose.get(head.id);
    if (loose) return loose;
    const body = await this.#shelf.open(head.id);
    if (body) return { head, body };
    await this.#changed();
    throw new PageError("This map is no longer in the browser.", "Choose another one.");
  }

  async delete(id: string): Promise<void> {
    if (!this.#loose.delete(id)) await this.#shelf.delete(id);
    await this.#changed();
  }

  async clear(): Promise<void> {
    const stored = (await this.#shelf.list()).length > 0;
    this.#loose.clear();
    if (stored) await this.#shelf.clear();
    await this.#changed();
  }

  async #changed(): Promise<void> {
    this.#channel.postMessage("changed");
    await this.#tell();
  }

  async #tell(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener()));
  }
}
