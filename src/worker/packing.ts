/** Lets options cross from a page to its worker although they hold functions, addresses and abort signals, which cloning does not take. */

type Callable = (...args: never[]) => unknown;

/** What stands for a thing that cannot be cloned. `tells`: nobody waits for what the function returns. */
type Stand = { readonly function: number; readonly tells: boolean } | { readonly url: string } | { readonly aborted: boolean };

const STAND = "relabel:stand";

/** Receivers of news, by the names that options give them. */
const LISTENERS = new Set(["onProgress"]);

/** The page's functions by the numbers that the worker calls them by. */
export class PageFunctions {
  readonly #functions = new Map<number, { call: number; run: Callable }>();
  #last = 0;

  add(call: number, run: Callable): number {
    this.#functions.set(++this.#last, { call, run });
    return this.#last;
  }

  /** The function and the call that it was given with; undefined where that has ended. */
  find(number: number): { call: number; run: (...args: unknown[]) => unknown } | undefined {
    return this.#functions.get(number) as { call: number; run: (...args: unknown[]) => unknown } | undefined;
  }

  /** Forgets what was given with a call. */
  end(call: number): void {
    for (const [number, entry] of this.#functions) if (entry.call === call) this.#functions.delete(number);
  }
}

/**
 * A copy in which stands take the place of what cannot be cloned; objects that are one stay one. Sources of bytes may be of a class of their
 * own; else it is plain objects and lists that are looked into.
 */
export function pack(value: unknown, call: number, functions: PageFunctions): unknown {
  const copies = new Map<object, unknown>();
  const stand = (what: Stand) => ({ [STAND]: what });
  const visit = (part: unknown, name: string): unknown => {
    if (typeof part === "function") {
      return stand({ function: functions.add(call, part as Callable), tells: LISTENERS.has(name) });
    }
    if (typeof part !== "object" || part === null) return part;
    if (part instanceof URL) return stand({ url: part.href });
    if (part instanceof AbortSignal) return stand({ aborted: part.aborted });
    const known = copies.get(part);
    if (known) return known;
    const inside = opened(part);
    if (!inside) return part;
    const copy: unknown[] | Record<string, unknown> = Array.isArray(part) ? [] : {};
    copies.set(part, copy);
    for (const [key, entry] of Object.entries(inside)) (copy as Record<string, unknown>)[key] = visit(entry, key);
    return copy;
  };
  return visit(value, "");
}

/** What is looked into of an object; undefined where it crosses as it is. */
function opened(part: object): object | undefined {
  const { read, name, size } = part as { read?: unknown; name?: unknown; size?: unknown };
  if (typeof read === "function") return { name, size, read: read.bind(part) };
  const prototype = Object.getPrototypeOf(part);
  return Array.isArray(part) || prototype === Object.prototype || prototype === null ? part : undefined;
}

/** What the worker has in place of the stands. */
export interface PageSide {
  /** Calls a function of the page and waits for what it returns. */
  invoke(number: number, args: readonly unknown[]): Promise<unknown>;
  tell(number: number, args: readonly unknown[]): void;
  signal(aborted: boolean): AbortSignal;
}

/** What was packed, in the worker: the value itself is changed and returned. */
export function unpack(value: unknown, page: PageSide): unknown {
  const seen = new Set<object>();
  const visit = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    const what = (part as { [STAND]?: Stand })[STAND];
    if (what) return replaced(what, page);
    const prototype = Object.getPrototypeOf(part);
    if (seen.has(part) || !(Array.isArray(part) || prototype === Object.prototype)) return part;
    seen.add(part);
    for (const [key, entry] of Object.entries(part)) (part as Record<string, unknown>)[key] = visit(entry);
    return part;
  };
  return visit(value);
}

function replaced(what: Stand, page: PageSide): unknown {
  if ("url" in what) return new URL(what.url);
  if ("aborted" in what) return page.signal(what.aborted);
  const number = what.function;
  return what.tells ? (...args: unknown[]) => page.tell(number, args) : (...args: unknown[]) => page.invoke(number, args);
}

/** The memory of all typed arrays in a result, which is moved to the page instead of copied. */
export function memoryOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (typeof part !== "object" || part === null) return;
    if (ArrayBuffer.isView(part)) {
      if (part.buffer instanceof ArrayBuffer) found.add(part.buffer);
    } else for (const entry of Object.values(part)) visit(entry);
  };
  visit(value);
  return [...found];
}
