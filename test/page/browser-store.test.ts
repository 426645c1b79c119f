import { afterEach, expect, test, vi } from "vitest";
import { browserStoreOf } from "../../src/page/browser-store.ts";
import { KeptMaps } from "../../src/page/strip/kept-maps.ts";
import { browserStore } from "../../src/page/tuning-store.ts";

afterEach(() => vi.unstubAllGlobals());

test("where the browser refuses at once nothing is kept, and nothing fails but what asks", async () => {
  const open = () => {
    throw new DOMException("denied", "SecurityError");
  };
  vi.stubGlobal("indexedDB", { open });
  vi.stubGlobal("IDBKeyRange", { bound: () => undefined });
  await expect(browserStoreOf("database", "store")("readonly", () => 1)).rejects.toThrow("denied");
  const tunings = browserStore();
  expect(await tunings.load("key")).toBeUndefined();
  await tunings.save("key", { choices: {}, saved: 0 } as never);
  expect(await new KeptMaps().list()).toEqual([]);
});
