/** Sessions that elements of a page share: one for each classifier, made when it is first needed, and freed after the last element has gone. */
import { throwIfAborted } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import type { DownloadProgress } from "../nets/weights/download-options.ts";

/** What decides on a session. */
export interface SessionWanted {
  /** A name, or the address of a file of weights; the default classifier where it is undefined. */
  readonly model: string | URL | undefined;
  /** The address of the folder that has the weights; where they are found by themselves where it is undefined. */
  readonly weights: string | undefined;
}

/** What makes a session is told. */
export interface SessionRequest extends SessionWanted {
  /** To be told of downloads. */
  onProgress(progress: DownloadProgress): void;
  /** Aborted where nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface UseOptions {
  readonly signal: AbortSignal;
  onDownload(progress: DownloadProgress): void;
}

type Make<S> = (request: SessionRequest) => Promise<S>;

/** `linger`: milliseconds for which a session is kept that nobody holds, as while an element is moved. */
export class SessionPool<S extends { dispose(): void }> {
  readonly #shared = new Map<string, SharedSession<S>>();

  constructor(
    readonly make: Make<S>,
    readonly linger: number,
  ) {}

  /** A hold on the session that is wanted, whoever else has one. */
  hold(wanted: SessionWanted): Lease<S> {
    const key = JSON.stringify([wanted.model, wanted.weights]);
    let shared = this.#shared.get(key);
    if (!shared) {
      shared = new SharedSession(wanted, this.make);
      this.#shared.set(key, shared);
    }
    return new Lease(
      shared,
      key,
      () => {
        if (this.#shared.get(key) === shared) this.#shared.delete(key);
      },
      this.linger,
    );
  }
}

/** A hold on a session. */
export class Lease<S extends { dispose(): void }> {
  #released = false;

  constructor(
    readonly shared: SharedSession<S>,
    /** Equal for holds on the same session. */
    readonly key: string,
    readonly forget: () => void,
    readonly linger: number,
  ) {
    shared.holders++;
  }

  /** Runs `work` in its turn; who is aborted before has no turn. Throws ABORTED, and what making the session or the work throws. */
  use<T>(options: UseOptions, work: (session: S) => Promise<T>): Promise<T> {
    return this.shared.use(options, work);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.shared.holders--;
    setTimeout(() => {
      if (this.shared.holders > 0) return;
      this.forget();
      this.shared.dispose();
    }, this.linger);
  }
}

class SharedSession<S extends { dispose(): void }> {
  holders = 0;
  #session: Promise<S> | undefined;
  #turn: Promise<void> = Promise.resolve();
  readonly #ending = new AbortController();
  readonly #hearing = new Set<(progress: DownloadProgress) => void>();

  constructor(
    readonly wanted: SessionWanted,
    readonly make: Make<S>,
  ) {}

  async use<T>({ signal, onDownload }: UseOptions, work: (session: S) => Promise<T>): Promise<T> {
    const before = this.#turn;
    let finish = () => {};
    this.#turn = new Promise((resolve) => {
      finish = resolve;
    });
    this.#hearing.add(onDownload);
    try {
      await before;
      throwIfAborted(signal);
      const session = await this.#made();
      throwIfAborted(signal);
      return await work(session);
    } finally {
      this.#hearing.delete(onDownload);
      finish();
    }
  }

  /** What failed is tried again by the next. */
  #made(): Promise<S> {
    const onProgress = (progress: DownloadProgress) => {
      for (const hear of this.#hearing) hear(progress);
    };
    const request = { ...this.wanted, onProgress, signal: this.#ending.signal };
    this.#session ??= makeBy(this.make, request).catch((error) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  dispose(): void {
    this.#ending.abort();
    this.#session?.then(
      (session) => session.dispose(),
      () => {},
    );
  }
}

/** Throws BAD_OPTION where what the page set to make sessions cannot, or makes something else. */
async function makeBy<S extends { dispose(): void }>(make: Make<S>, request: SessionRequest): Promise<S> {
  const session = await make(request);
  if (typeof session?.dispose === "function") return session;
  refuseOption("element's createSession made a session that is", session, "Let it return what Session.create resolves to.");
}
