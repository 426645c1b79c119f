/** Adds layers up to nets, to show which kind of layer takes the time. */
import { digits, percent } from "./format.ts";
import { type Report, type Row, timeOf } from "./report.ts";
import type { Table } from "./table.ts";

/** Where the time of a net goes, by kind of layer: every layer's time as often as it occurs. Only of nets whose layers were all measured, one way each. */
export function shareTable({ rows, complete, options }: Report): Table {
  const layers = rows.filter((row) => row.suite === "kernels" && complete && !options.layer && !options.variants);
  const nets = [...new Set(layers.flatMap(({ uses }) => Object.keys(uses)))];
  const batches = [...new Set(layers.filter(({ group }) => group !== "gemm").map(({ batch }) => batch))];
  const groups = [...new Set(layers.filter(({ group }) => group !== "gemm").map(({ group }) => group))];
  const lines = nets.flatMap((net) =>
    batches.flatMap((batch) => {
      const own = layers.filter((row) => row.batch === batch && net in row.uses);
      if (own.length === 0 || own.some((row) => row.state !== "ok" || timeOf(row) === undefined)) return [];
      const sum = (chosen: readonly Row[]) => chosen.reduce((total, row) => total + (timeOf(row) as number) * (row.uses[net] as number), 0);
      const total = sum(own);
      const shares = groups.map((group) => {
        const part = own.filter((row) => row.group === group);
        return part.length > 0 ? percent(sum(part) / total) : "";
      });
      return [[net, String(batch), digits(total), ...shares]];
    }),
  );
  return { title: "Layers of a net together", head: ["net", "batch", "ms", ...groups], rows: lines };
}
