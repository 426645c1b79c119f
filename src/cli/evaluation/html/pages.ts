/** The pages of a report, by their names in the run's folder. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Table } from "../../../faces/all.ts";
import type { Sheet } from "../sheet.ts";
import { CLASSES_PAGE, drawClasses, scoresByClass } from "./classes.ts";
import { reportOf } from "./frame.ts";
import { drawAll, drawOverview } from "./index-page.ts";
import { listPages, listsOf } from "./outlier-lists.ts";
import { findOutliers } from "./outliers.ts";
import { PhotoPages } from "./photo-table.ts";

/** Photos that one page still shows well. */
const MOST_ON_ONE_PAGE = 200;
/** Of further pages. */
export const FOLDER = "report";
const PAGE = /^(classes|photos-\d+|(disagreement|below-grid|no-map|left-out)-\d+)\.html$/;

/**
 * One page of all photos where they are few; else an overview, and a folder of pages with the classes, the outliers and the photos. Each page is drawn
 * when it is written. `facts` are lines on how the numbers were made.
 */
export async function reportPages(table: Table, sheet: Sheet, facts: readonly string[]): Promise<Map<string, () => Promise<string>>> {
  const report = reportOf(table, sheet, facts);
  if (sheet.scored + sheet.leftOut <= MOST_ON_ONE_PAGE) return new Map([["index.html", () => drawAll(report)]]);
  const [classes, outliers, photos] = [scoresByClass(report), await findOutliers(report), new PhotoPages(report)];
  const pages = new Map([
    ["index.html", () => drawOverview(report, classes, outliers, photos)],
    [join(FOLDER, CLASSES_PAGE), async () => drawClasses(report, classes, photos)],
  ]);
  for (const list of listsOf(report, outliers, photos)) {
    for (const [name, draw] of listPages(list)) pages.set(join(FOLDER, name), draw);
  }
  for (let page = 1; page <= photos.pages; page++) pages.set(join(FOLDER, PhotoPages.address(page)), () => photos.draw(page));
  return pages;
}

/** Paths of the further pages that an earlier report left in a run's folder. */
export async function earlierPages(folder: string): Promise<string[]> {
  const names = await readdir(join(folder, FOLDER)).catch(() => []);
  return names.filter((name) => PAGE.test(name)).map((name) => join(folder, FOLDER, name));
}
