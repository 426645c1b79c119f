/** What the table of a profile shows: dispatches grouped by kernel, layer or stage. */
import { layerOf, type Profile, type Span, spansBy, type Total, totalsBy } from "../../faces/all.ts";
import { count } from "../format.ts";

/** By what dispatches are grouped. */
export const GROUPINGS = {
  kernel: ({ kernel }: Span) => kernel,
  layer: layerOf,
  stage: ({ plan }: Span) => plan,
} as const;
export type Grouping = keyof typeof GROUPINGS;

/** Dispatches of one WGSL text: a kernel under the same constants. */
export interface Variant {
  kernel: string;
  constants: Span["constants"];
  total: Total;
  /** Workgroups in x, y and z, in words. */
  grid: string;
}

/** A line of the table. */
export interface Row {
  total: Total;
  grid: string;
  /** What replaces the kernel's constants, in words. */
  constants: string;
  /** Longest first. */
  variants: Variant[];
}

/** Longest first; together they are all of the GPU time. */
export function rowsOf({ spans }: Profile, grouping: Grouping): Row[] {
  const nameOf = GROUPINGS[grouping];
  const groups = spansBy(spans, nameOf);
  return totalsBy(spans, nameOf).map((total) => {
    const group = groups.get(total.name) ?? [];
    const variants = variantsOf(group);
    const texts = [...new Set(variants.map(({ constants }) => describeConstants(constants)))];
    return { total, grid: describeGrids(group), constants: texts.length === 1 ? (texts[0] as string) : `${texts.length} kinds`, variants };
  });
}

const keyOf = ({ kernel, constants }: Span) => `${kernel} ${JSON.stringify(constants)}`;

function variantsOf(spans: readonly Span[]): Variant[] {
  const groups = spansBy(spans, keyOf);
  return totalsBy(spans, keyOf).map((total) => {
    const group = groups.get(total.name) as [Span, ...Span[]];
    const [{ kernel, constants }] = group;
    return { kernel, constants, total, grid: describeGrids(group) };
  });
}

/** Workgroups: "8 × 14 × 1", or how many different grids there are. */
function describeGrids(spans: readonly Span[]): string {
  const grids = [...new Set(spans.map(({ grid }) => describeGrid(grid)))];
  return grids.length === 1 ? (grids[0] as string) : `${grids.length} sizes`;
}

/** Workgroups in x, y and z: "8 × 14 × 1". */
export function describeGrid(grid: Span["grid"]): string {
  return grid.map(count).join(" × ");
}

/** "TILE_ROWS 4, TILE_COLUMNS 2"; a dash where a kernel has its own constants. */
export function describeConstants(constants: Span["constants"]): string {
  const texts = Object.entries(constants).map(([name, value]) => `${name} ${value}`);
  return texts.length > 0 ? texts.join(", ") : "–";
}
