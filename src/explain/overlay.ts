import inferno from "./inferno.json" with { type: "json" };

/** Share of the most important pixels' values at which the colours saturate, so that one outlier does not darken the rest. */
const SATURATION = 0.995;
const MAX_OPACITY = 0.75;

/** The field's usual perceptually uniform scale: 256 RGB colours, of which the file has the hexadecimal digits one after the other. */
const COLOURS = /* @__PURE__ */ Array.from(
  { length: 256 },
  (_, i) => [0, 2, 4].map((at) => Number.parseInt(inferno.slice(6 * i + at, 6 * i + at + 2), 16)) as [number, number, number],
);

/** Value below which `share` of the values lie. */
function quantile(values: Float32Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
}

/** The values of a map between which the overlay's colours grow: its median, or 0 where that is negative, and nearly its largest value. */
export function overlayScale(map: Float32Array): { low: number; high: number } {
  const low = Math.max(0, quantile(map, 0.5));
  return { low, high: Math.max(quantile(map, SATURATION), low + 1e-12) };
}

/** What the overlay lays over the photo for a strength in [0, 1]: RGB, 0 to 255, and its opacity, 0 to 1. */
export function overlayColour(strength: number): { colour: readonly [number, number, number]; opacity: number } {
  return { colour: COLOURS[Math.round(strength * 255)] as [number, number, number], opacity: MAX_OPACITY * Math.sqrt(strength) };
}

/**
 * A heat map over the photo: what speaks for the class glows, the more opaque the stronger; what does not is the photo in grey.
 * `map`: a value a pixel; `input`: RGBA. Returns RGBA.
 */
export function overlay(map: Float32Array, input: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  const { low, high } = overlayScale(map);
  const out = new Uint8ClampedArray(map.length * 4);
  for (let i = 0; i < map.length; i++) {
    const strength = Math.min(1, Math.max(0, ((map[i] as number) - low) / (high - low)));
    const { colour, opacity } = overlayColour(strength);
    const [r, g, b] = [input[4 * i], input[4 * i + 1], input[4 * i + 2]] as [number, number, number];
    const grey = 0.299 * r + 0.587 * g + 0.114 * b;
    [r, g, b].forEach((channel, c) => {
      const base = 0.6 * grey + 0.4 * channel;
      out[4 * i + c] = base * (1 - opacity) + (colour[c] as number) * opacity;
    });
    out[4 * i + 3] = 255;
  }
  return out;
}
