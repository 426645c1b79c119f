/** Writes the page of an evaluation: the table, the curves, and every photo with its maps. */
import { escapeUTF8 as escapeHtml } from "entities";
import type { Metric, Table, TableRow } from "../../faces/all.ts";
import { percent } from "../progress.ts";
import { CURVES } from "./curves.ts";
import { isLeftOut, type LeftOut, type PhotoFacts, type Sheet } from "./sheet.ts";
import { cellsOf, comparedIn, headlineOf } from "./tables.ts";

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 1500px; padding: 0 1rem; }
table { border-collapse: collapse; }
.wide { overflow-x: auto; }
th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid #8884; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
.curves { display: flex; flex-wrap: wrap; gap: 1rem; }
.curves img { max-width: 100%; background: white; }
.photos td, .photos th { vertical-align: top; text-align: center; font-size: 12px; padding: .25rem; }
.photos th[scope=row] { text-align: left; min-width: 9rem; font-weight: normal; overflow-wrap: anywhere; }
.photos img { width: 112px; height: 112px; display: block; margin: auto; }
.photos .none { width: 112px; color: GrayText; }
`;

/** The report as a page, with its pictures in files next to it. `facts` are lines on how it was made. */
export async function reportPage(table: Table, sheet: Sheet, facts: readonly string[]): Promise<string> {
  const metric = headlineOf(table.rows);
  const { head, rows } = cellsOf(table);
  const cells = (tag: string, values: readonly string[]) => values.map((value) => `<${tag}>${escapeHtml(value)}</${tag}>`).join("");
  const [scored, skipped]: [PhotoFacts[], LeftOut[]] = [[], []];
  for await (const photo of sheet.photos()) {
    if (isLeftOut(photo)) skipped.push(photo);
    else scored.push(photo);
  }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${metric.title} of ${scored.length} photos</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${metric.title} of ${scored.length} photos</h1>
${facts.map((fact) => `<p>${escapeHtml(fact)}</p>`).join("\n")}
<div class="wide" tabindex="0" role="region" aria-label="Scores"><table>
<thead><tr>${cells("th", head)}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n")}
</tbody>
</table></div>
<p>Means ± standard errors; in brackets the 95 % interval of the paired difference in ${comparedIn(table.rows).title}.</p>
${sheet.replaced ? `<div class="curves">\n${CURVES.map((which) => `<img src="${which}.svg" alt="Mean ${which} curves; the table has the areas under them">`).join("\n")}\n</div>` : ""}
<h2>Photo by photo</h2>
<p>Under each map: ${metric.measures.map(({ title }) => title).join(", ")}.</p>
<div class="wide" tabindex="0" role="region" aria-label="Photos and maps"><table class="photos">
<thead><tr><th>photo</th>${table.rows.map(({ title }) => `<th>${escapeHtml(title)}</th>`).join("")}</tr></thead>
<tbody>
${scored.map((photo) => photoRow(table, sheet, photo, metric)).join("\n")}
</tbody>
</table></div>
${skipped.length > 0 ? `<h2>Left out</h2>\n<ul>${skipped.map(({ image, skipped }) => `<li>${escapeHtml(image)}: ${escapeHtml(skipped)}</li>`).join("")}</ul>` : ""}
</main>
</body>
</html>
`;
}

function photoRow(table: Table, { tabulation }: Sheet, photo: PhotoFacts, metric: Metric): string {
  const { name, target, image, explained, maps, pictures, place } = photo;
  const { original, blurred, blank } = photo.ends ?? {};
  const share = (name: string, value: number | undefined) => (value === undefined ? [] : [`${name} ${percent(value)}`]);
  const bounds = [...share("whole", original), ...share("blurred", blurred), ...share("blank", blank)].join(", ");
  const picture = (what: string, alt: string) => `<img loading="lazy" src="${addressOf(pictures[what] ?? "")}" alt="${escapeHtml(alt)}">`;
  const cell = (row: TableRow) => {
    const reason = explained.find(({ name }) => name === row.name)?.degenerate;
    if (!maps.includes(row.name)) return `<td class="none">${escapeHtml(reason ?? "not measured")}</td>`;
    const values = metric.measures.map((measure) => tabulation.number(row.name, measure.name, place));
    const numbers = values.map((value) => (Number.isFinite(value) ? value.toFixed(3) : "-")).join(" ");
    return `<td>${pictures[row.name] ? picture(row.name, `${row.title} of ${name}`) : ""}${numbers}</td>`;
  };
  return `<tr><th scope="row">${picture("photo", name)}${escapeHtml(image)}<br>${escapeHtml(`${target.label} (${target.index})`)}<br>${bounds}</th>${table.rows.map(cell).join("")}</tr>`;
}

/** A relative path as an address, in which `#`, `?` and `%` are letters of a name. */
function addressOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
