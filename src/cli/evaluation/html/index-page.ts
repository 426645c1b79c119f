/** The page that a report opens with: all of a few photos, or an overview of many. */
import { escapeUTF8 as escapeHtml } from "entities";
import { CURVES } from "../curves.ts";
import { isLeftOut, type LeftOut, type PhotoFacts } from "../sheet.ts";
import { cellsOf } from "../tables.ts";
import { CLASSES_PAGE, type ClassScores, classTable, worstFirst } from "./classes.ts";
import { count, frame, link, plainRow, type Report, wideTable } from "./frame.ts";
import { countsTable, drawShort, listsOf } from "./outlier-lists.ts";
import type { Outliers } from "./outliers.ts";
import { PhotoPages, photoTable } from "./photo-table.ts";

/** Classes on the overview. */
const FEW = 10;

const CSV = link("rows.csv", "Every number as CSV");

function titleOf({ metric, sheet }: Report): string {
  return `${metric.title} of ${count(sheet.scored, "photo")}`;
}

/** How the numbers were made, the table and the curves. `contents`: links to what follows. */
function scores({ table, sheet, facts, compared }: Report, contents = ""): string[] {
  const { head, rows } = cellsOf(table);
  const curves = CURVES.map((which) => `<img src="${which}.svg" alt="Mean ${which} curves; the table has the areas under them">`);
  return [
    `<div class="facts">${facts.map((fact) => `<p>${escapeHtml(fact)}</p>`).join("\n")}</div>`,
    contents,
    `<h2 id="scores">Scores</h2>`,
    wideTable({
      label: "Scores",
      caption: `Means ± standard errors; in brackets the 95 % interval of the paired difference in ${compared.title}.`,
      ...{ head, rows: rows.map(plainRow) },
    }),
    sheet.replaced ? `<div class="curves" tabindex="0" role="region" aria-label="Curves">\n${curves.join("\n")}\n</div>` : "",
  ];
}

/** Every photo with its maps on one page. */
export async function drawAll(report: Report): Promise<string> {
  const { sheet } = report;
  const [scored, skipped]: [PhotoFacts[], LeftOut[]] = [[], []];
  for await (const photo of sheet.photos()) {
    if (isLeftOut(photo)) skipped.push(photo);
    else scored.push(photo);
  }
  const reasons = skipped.map(({ image, skipped }) => `<li>${escapeHtml(image)}: ${escapeHtml(skipped)}</li>`);
  return frame(titleOf(report), [
    ...scores(report),
    `<p>${CSV}</p>`,
    "<h2>Photo by photo</h2>",
    photoTable(report, [{ photos: scored.map((facts) => ({ facts })) }], false),
    reasons.length > 0 ? `<h2>Left out</h2>\n<ul>${reasons.join("")}</ul>` : "",
  ]);
}

/** The scores, a few classes, a few outliers, and the way to all photos. */
export async function drawOverview(
  report: Report,
  classes: readonly ClassScores[],
  outliers: Outliers,
  pages: PhotoPages,
): Promise<string> {
  const lists: string[] = [];
  for (const list of listsOf(report, outliers, pages)) lists.push(await drawShort(list));
  const targets = { scores: "Scores", classes: "Classes", outliers: "Outliers", photos: "All photos" };
  const contents = Object.entries(targets).map(([id, text]) => `<li>${link(`#${id}`, text)}</li>`);
  const numbers = Array.from({ length: pages.pages }, (_, at) => at + 1);
  const items = numbers.map((page) => {
    const name = `${page.toLocaleString("en")}: ${pages.describe(page)}`;
    return `<li>${link(`report/${PhotoPages.address(page)}`, name)}</li>`;
  });
  const shown = worstFirst(classes, report).slice(0, FEW);
  return frame(titleOf(report), [
    ...scores(report, `<nav aria-label="On this page"><ul>${contents.join("")}<li>${CSV}</li></ul></nav>`),
    `<h2 id="classes">Classes</h2>`,
    `<p>${count(classes.length, "class")}${classes.length > FEW ? `; here the ${FEW} that the methods explain worst` : ", those that the methods explain worst first"}.</p>`,
    classTable(report, shown, pages, "report/"),
    `<p>${link(`report/${CLASSES_PAGE}`, "All classes, sortable")}</p>`,
    `<h2 id="outliers">Outliers</h2>`,
    countsTable(report, outliers),
    ...lists,
    `<h2 id="photos">All photos</h2>`,
    `<p>Class by class, with all maps, on ${count(pages.pages, "page")}.</p>`,
    `<p>${link(`report/${PhotoPages.address(1)}`, "First page")}</p>`,
    `<details><summary>All pages</summary><nav aria-label="Pages of photos"><ol class="pages">${items.join("")}</ol></nav></details>`,
  ]);
}
