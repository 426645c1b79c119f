/** The colours in which maps can be shown, by name: published scales, as tables. */
import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePuOr,
  interpolateRdBu,
  interpolateTurbo,
  interpolateViridis,
} from "d3-scale-chromatic";

type Scale = (share: number) => string;

/** Red, green and blue, 0 to 255, at evenly spaced places of a scale. */
export type ColourTable = readonly (readonly [red: number, green: number, blue: number])[];

/** From little to much. */
export const SEQUENTIAL = {
  inferno: interpolateInferno,
  magma: interpolateMagma,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  turbo: interpolateTurbo,
} as const satisfies Record<string, Scale>;

/** From against to for, with the warm colour for "for". */
export const DIVERGING = {
  rdbu: (share: number) => interpolateRdBu(1 - share),
  puor: interpolatePuOr,
} as const satisfies Record<string, Scale>;

/** Colours of a table. */
export const STEPS = 256;

/** The table of a scale. */
export function tableOf(scale: Scale): ColourTable {
  return Array.from({ length: STEPS }, (_, i) => channelsOf(scale(i / (STEPS - 1))));
}

/** From "#rrggbb" or "rgb(r, g, b)". */
function channelsOf(colour: string): [number, number, number] {
  const parts = colour.startsWith("#")
    ? colour.match(/[\da-f]{2}/g)?.map((part) => Number.parseInt(part, 16))
    : colour.match(/\d+/g)?.map(Number);
  return parts as [number, number, number];
}
