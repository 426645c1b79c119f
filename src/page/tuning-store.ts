/** Lets the page remember what tuning found out until the next visit. */
import { get, set } from "idb-keyval";
import type { Tuning, TuningStore } from "../faces/all.ts";
import { browserStoreOf } from "./browser-store.ts";

/** Where tunings are kept in this browser. A browser that keeps nothing has none. */
export function browserStore(): TuningStore {
  const store = browserStoreOf("relabel", "tuning");
  return {
    load: (key) => get<Tuning>(key, store).catch(() => undefined),
    save: (key, tuning) => set(key, tuning, store).catch(() => undefined),
  };
}
