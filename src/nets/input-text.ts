/** Reads sizes and colours that people type, on the command line and on the page. */
import type { Colour, Size } from "./input-spec.ts";

/** A size as people write it: "48x192" or "48 x 192", height first, or one number for both. Undefined where the text is none. */
export function parseSize(text: string): Size | undefined {
  const [, height, width = height] = /^\s*(\d{1,4})(?:\s*[x×]\s*(\d{1,4}))?\s*$/i.exec(text) ?? [];
  return Number(height) && Number(width) ? { height: Number(height), width: Number(width) } : undefined;
}

/**
 * A colour as people write it: three numbers in [-1, 1] between commas, semicolons or spaces, or one for all three. Undefined where the text is
 * none, or has numbers that are not for pixels in [0, 1].
 */
export function parseColour(text: string): Colour | undefined {
  const parts = text.trim().split(/\s*[,;]\s*|\s+/);
  const numbers = parts.map((part) => (part === "" ? Number.NaN : Number(part)));
  if (![1, 3].includes(parts.length) || !numbers.every((number) => Math.abs(number) <= 1)) return undefined;
  const [red, green = red, blue = red] = numbers as [number, number?, number?];
  return [red, green, blue];
}
