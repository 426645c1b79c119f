/** Frees what a task of the benchmark has made. */

/** Things to be freed together, last made first. */
export class Scope {
  readonly #owned: { dispose(): void }[] = [];

  own<T extends { dispose(): void }>(thing: T): T {
    this.#owned.push(thing);
    return thing;
  }

  dispose(): void {
    for (const thing of this.#owned.splice(0).reverse()) thing.dispose();
  }
}
