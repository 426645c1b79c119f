/** Writes the page of `tsne`, with images and script inside, so that it opens without a server. */
import { basename } from "node:path";
import { escapeUTF8 as escapeHtml } from "entities";
import { adapterName, COLOURS, place, SIDE } from "../../faces/all.ts";
import { htmlPage } from "../html-page.ts";
import { percent } from "../progress.ts";
import styles from "./page.css?raw";
import { drawPoints, type Sheet, SYMBOLS } from "./pictures.ts";
import type { TsnePoint, TsneReport } from "./report.ts";
import { type ViewerData, view } from "./viewer.ts";

/** The embedding as a page in one file: scatter plot, the image of a point under the pointer or the slider, legend and settings. */
export function drawPage(report: Omit<TsneReport, "files">, points: readonly TsnePoint[], sheet: Sheet): string {
  const { image, target, samples } = report;
  const title = `t-SNE of the synthetic images of ${basename(image)}`;
  const counts = { kept: 0, shifted: 0 };
  for (const { label } of points) counts[label]++;
  const key = (label: keyof typeof counts, text: string) =>
    `<label><input type="checkbox" value="${label}" checked> <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">` +
    `<use href="#${label}" class="${label}"/></svg> ${escapeHtml(text)}: ${counts[label]}</label>`;
  const settings = settingsOf(report).map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  const data = viewerData(points, report, sheet);
  const summary = `Scatter plot of ${samples} synthetic images, ${counts.kept} still ${target.label} and ${counts.shifted} shifted`;
  const style = `:root { --kept: ${COLOURS.light.kept}; --shifted: ${COLOURS.light.shifted}; }
@media (prefers-color-scheme: dark) { :root { --kept: ${COLOURS.dark.kept}; --shifted: ${COLOURS.dark.shifted}; } }
${styles}#picture { background-image: url(data:image/webp;base64,${Buffer.from(sheet.webp).toString("base64")}); background-size: ${sheet.columns * 100}% ${sheet.rows * 100}%; }
`;
  const main = `<p>Each point is a variation of the photo; near points look alike to t-SNE, which saw of each its ${escapeHtml(report.described)}, and no label.</p>
<div id="columns">
<svg id="plot" viewBox="0 0 ${SIDE} ${SIDE}" role="img" aria-label="${escapeHtml(summary)}">
<defs>${SYMBOLS}</defs>${drawPoints(points)}<circle id="ring" r="12"/></svg>
<div>
<fieldset id="legend"><legend>The classifier says</legend>${key("kept", `still ${target.label}`)}${key("shifted", "another class")}</fieldset>
<div id="picture" role="img" aria-label=""></div>
<p id="caption"></p>
<label for="which">From the least probable to the most</label>
<input id="which" type="range" min="1" max="${points.length}" value="${points.length}">
</div>
</div>
<h2>Settings</h2>
<dl>${settings.join("")}</dl>`;
  const scripts = `<script type="application/json" id="data">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>
<script>
(${view.toString()})(JSON.parse(document.querySelector("#data").textContent));
</script>
`;
  return htmlPage({ title, style, main, scripts });
}

function viewerData(points: readonly TsnePoint[], { target }: Pick<TsneReport, "target">, { columns, rows }: Sheet): ViewerData {
  const places = place(points);
  const text = ({ label, probability, choice }: TsnePoint, index: number) => {
    const verdict = label === "kept" ? `still ${choice}, ` : `shifted to ${choice}; ${target.label} `;
    return `Image ${index + 1}: ${verdict}${percent(probability)}`;
  };
  return {
    ...{ columns, rows },
    points: points.map((point, index) => ({
      label: point.label,
      ...(places[index] as { x: number; y: number }),
      text: text(point, index),
    })),
    order: points.map((_, index) => index).sort((a, b) => (points[a] as TsnePoint).probability - (points[b] as TsnePoint).probability),
  };
}

function settingsOf(report: Omit<TsneReport, "files">): [string, string][] {
  const { teacher, target, shiftedShare, described, perplexity, iterations, rate, divergence, settings, seconds, adapter } = report;
  const others = Object.entries(settings).map(([name, value]): [string, string] => [name, String(value)]);
  return [
    ["classifier", teacher],
    ["class", `${target.label} (${target.index}), ${percent(target.probability)} on the photo`],
    ["labels shifted", percent(shiftedShare)],
    ...others,
    ["t-SNE of", described],
    ["perplexity", String(perplexity)],
    ["iterations", String(iterations)],
    ["learning rate", rate.toFixed(1)],
    ["Kullback-Leibler divergence", `${divergence.toFixed(3)} nats`],
    ["seconds", `images ${seconds.draw.toFixed(1)}, t-SNE ${seconds.embed.toFixed(1)}`],
    ["adapter", adapterName(adapter)],
  ];
}
