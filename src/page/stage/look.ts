/** How the page shows maps: which of their values, in which colours, and how much these cover of the photo. */
import { type OverlayOptions, overlayScale } from "../../faces/canvas.ts";
import { type ColourTable, DIVERGING, SEQUENTIAL, tableOf } from "../../pictures/colormaps.ts";

/** Evidence for the class alone, both for it and against it, or the size of both. */
export const VALUES = ["for", "signed", "absolute"] as const;

export interface Look {
  readonly values: (typeof VALUES)[number];
  /** Of signed maps, and of all others. */
  readonly diverging: keyof typeof DIVERGING;
  readonly sequential: keyof typeof SEQUENTIAL;
  /** 0 to 1. */
  readonly opacity: number;
}

export const USUAL_LOOK: Look = { values: "for", diverging: "rdbu", sequential: "inferno", opacity: 1 };

/** The values between which colours grow: of a signed map, of its sizes. */
export type Scale = NonNullable<OverlayOptions["scale"]>;

const absolute = (map: Float32Array) => map.map(Math.abs);

/** The colour scale of a map by itself. */
export function scaleOf(map: Float32Array, { values }: Look): Scale {
  if (values === "for") return overlayScale(map);
  const scale = overlayScale(absolute(map));
  return values === "signed" ? { low: 0, high: scale.high } : scale;
}

/** The values at the ends of the colour bar. */
export function endsOf({ low, high }: Scale, { values }: Look): { low: number; high: number } {
  return { low: values === "signed" ? -high : low, high };
}

/** What is drawn of a map, and how. */
export function overlayOf(map: Float32Array, look: Look, scale: Scale): { map: Float32Array; options: OverlayOptions } {
  const { values, opacity } = look;
  const options = { opacity, scale, signed: values === "signed", colours: coloursOf(look) };
  return { map: values === "absolute" ? absolute(map) : map, options };
}

/** The colours of the bar, from its lower end to its upper. */
export function coloursOf({ values, diverging, sequential }: Look): ColourTable {
  return tableOf(values === "signed" ? DIVERGING[diverging] : SEQUENTIAL[sequential]);
}

/** Stops of the bar in CSS: between them colours are mixed. */
const STOPS = 16;

/** The colours of the bar as an image in CSS. */
export function gradientOf(look: Look): string {
  const table = coloursOf(look);
  const stops = Array.from({ length: STOPS + 1 }, (_, stop) => `rgb(${table[Math.round((stop / STOPS) * (table.length - 1))]?.join(" ")})`);
  return `linear-gradient(90deg, ${stops.join(", ")})`;
}
