/** Describes the charts of an evaluation: the mean deletion and insertion curve of every row. */
import type { TopLevelSpec } from "vega-lite";
import type { Table } from "../../faces/all.ts";
import type { Sheet } from "./sheet.ts";

/** The paper's Figs. 5 (deletion) and 6 (insertion). */
export const CURVES = ["deletion", "insertion"] as const;
export type Curve = (typeof CURVES)[number];

const TITLES: Record<Curve, string> = {
  deletion: "Deletion: the most salient pixels go first; lower is better",
  insertion: "Insertion: the most salient pixels come first; higher is better",
};

/** The curves of all rows, averaged over the photos, with the areas under them. */
export function curveChart(
  which: Curve,
  table: Table,
  { tabulation, replaced = [] }: Pick<Sheet, "tabulation" | "replaced">,
  subtitle: string,
): TopLevelSpec {
  const rows = table.rows.flatMap((row) => {
    const curve = tabulation.curves(row.name)?.[which];
    return curve
      ? [{ label: `${row.title}, ${row.measures[which]?.mean.toFixed(3)}`, kind: row.cost ? "method" : "yardstick", curve }]
      : [];
  });
  const share = (at: number) => (replaced[at] as number) / (replaced.at(-1) as number);
  const values = rows.flatMap(({ label, kind, curve }) => curve.map((probability, at) => ({ label, kind, share: share(at), probability })));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: TITLES[which], subtitle },
    ...{ width: 460, height: 320, background: "white", padding: 12 },
    config: { font: "sans-serif", view: { stroke: null }, axis: { gridOpacity: 0.4 }, title: { anchor: "start", offset: 14 } },
    data: { values },
    mark: { type: "line", strokeWidth: 1.8 },
    encoding: {
      x: {
        field: "share",
        type: "quantitative",
        axis: { format: "%" },
        title: `share of the pixels ${which === "deletion" ? "deleted" : "inserted"}`,
      },
      y: { field: "probability", type: "quantitative", scale: { domain: [0, 1] }, title: "mean probability of the class" },
      color: {
        field: "label",
        type: "nominal",
        sort: rows.map(({ label }) => label),
        scale: { scheme: rows.length > 10 ? "tableau20" : "tableau10" },
        legend: { title: "area under the curve", labelLimit: 260 },
      },
      strokeDash: {
        field: "kind",
        type: "nominal",
        scale: { domain: ["method", "yardstick"], range: [[], [5, 3]] },
        legend: { title: null },
      },
    },
  };
}
