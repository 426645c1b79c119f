import type { Page } from "puppeteer";
import type { Explanation } from "../../src/faces/all.ts";

/** The explanations of the maps that a page's browser keeps, the oldest first, with their numbers as arrays. */
export function keptMaps(page: Page): Promise<Explanation[]> {
  return page.evaluate(async () => {
    const ask = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve) => {
        request.onsuccess = () => resolve(request.result);
      });
    const database = await ask(indexedDB.open("relabel-maps"));
    if (!database.objectStoreNames.contains("records")) return [];
    const records = database.transaction("records").objectStore("records");
    const bodies = await ask(records.getAll(IDBKeyRange.bound("body ", "body \uffff")));
    return bodies.map(({ explanation }) => ({ ...explanation, map: [...explanation.map], input: [...explanation.input] }));
  });
}
