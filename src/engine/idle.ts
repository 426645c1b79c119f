/** Keeps what the last call has made for the next one, until somebody needs the memory. */

/** Something that can be made again. */
export interface Idle {
  /** That its buffers take. */
  readonly bytes: number;
  dispose(): void;
}

/** Room for one such thing. */
export class IdleSlot {
  #kept: Idle | undefined;

  /** 0 while nothing is kept. */
  get bytes(): number {
    return this.#kept?.bytes ?? 0;
  }

  /** Keeps something in the place of what was kept before, which is freed. */
  keep(idle: Idle): void {
    this.free();
    this.#kept = idle;
  }

  /** What was kept and is still there; it is the caller's from now on. */
  take(): Idle | undefined {
    const idle = this.#kept;
    this.#kept = undefined;
    return idle;
  }

  /** Frees what was kept; returns whether there was something. */
  free(): boolean {
    const idle = this.take();
    idle?.dispose();
    return idle !== undefined;
  }
}
