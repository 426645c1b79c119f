/** How the values of a map become colours over a photo. */
import { overlayColour, overlayScale } from "../faces/all.ts";
import { type ColourTable, DIVERGING, SEQUENTIAL, STEPS, tableOf } from "../pictures/colormaps.ts";
import { CommandError } from "./errors.ts";

export const COLORMAPS: readonly string[] = [...Object.keys(SEQUENTIAL), ...Object.keys(DIVERGING)];
const [DEFAULT, SIGNED_DEFAULT] = ["inferno", "rdbu"];

/** Of signed maps: opacity of the ends, and the power by which it grows towards them. */
const [MOST_OPAQUE, FADE] = [0.85, 0.75];

export interface Colours {
  readonly table: ColourTable;
  /** Whether evidence against the class has different colours. */
  readonly signed: boolean;
}

interface ShadeColour {
  readonly colour: readonly [number, number, number];
  /** 0 to 1. */
  readonly opacity: number;
}

/** A map's colours. Values beyond `low` and `high`, the ends of the colour bar, have the colours of these. */
export interface Shading {
  readonly low: number;
  readonly high: number;
  /** Of all values of the map. */
  readonly least: number;
  readonly most: number;
  readonly colourOf: (value: number) => ShadeColour;
}

/** The colours that a command's options ask for. Throws a CommandError for a colormap of the wrong kind. */
export function chooseColours({ colormap, signed = false }: { colormap?: string; signed?: boolean }): Colours {
  const [known, others]: Readonly<Record<string, (share: number) => string>>[] = signed ? [DIVERGING, SEQUENTIAL] : [SEQUENTIAL, DIVERGING];
  const name = colormap ?? (signed ? SIGNED_DEFAULT : DEFAULT);
  const scale = known?.[name];
  if (!scale) {
    const choices = Object.keys(known ?? {}).join(", ");
    const names = `Choose one of: ${choices}; or ${signed ? "leave --signed out" : "add --signed"}.`;
    const kind = others?.[name] ? (signed ? "has no colour for zero" : "is for maps with --signed") : "is unknown";
    throw new CommandError(`--colormap ${name} ${kind}`, names);
  }
  return { table: tableOf(scale), signed };
}

/**
 * A map's shading. Unsigned, it is that of the library's overlay: from the map's median, or 0 where that is negative, to its 99.5th percentile. Signed,
 * it reaches as far below 0 as above: to the 99.5th percentile of the absolute values; 0 is transparent.
 */
export function shade(map: Float32Array, { table, signed }: Colours): Shading {
  const [least, most] = map.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const reach = signed ? overlayScale(map.map(Math.abs)).high : 0;
  const { low, high } = signed ? { low: -reach, high: reach } : overlayScale(map);
  const colourOf = (value: number): ShadeColour => {
    const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
    const opacity = signed ? MOST_OPAQUE * Math.abs(2 * share - 1) ** FADE : overlayColour(share).opacity;
    return { colour: table[Math.round(share * (STEPS - 1))] as Colours["table"][number], opacity };
  };
  return { low, high, least, most, colourOf };
}
