/** How points of a plane are drawn, by the command and by the page. */

/** Side of the drawing in its own units, and what is left free around the points. */
export const SIDE = 1000;
const MARGIN = 30;

/** Colours that remain apart for every kind of colour vision (Okabe & Ito 2008), at 3:1 or more on their ground. */
export const COLOURS = { light: { kept: "#0072b2", shifted: "#d55e00" }, dark: { kept: "#56b4e9", shifted: "#e69f00" } } as const;

/** Where the points stand in a square of SIDE, at one scale for both axes, y upwards. */
export function place(points: readonly { readonly x: number; readonly y: number }[]): { x: number; y: number }[] {
  const extent = (values: number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { middle: (low + high) / 2, size: high - low };
  };
  const across = extent(points.map(({ x }) => x));
  const down = extent(points.map(({ y }) => y));
  const scale = (SIDE - 2 * MARGIN) / (Math.max(across.size, down.size) || 1);
  const round = (value: number) => Math.round(value * 10) / 10;
  return points.map(({ x, y }) => ({
    x: round(SIDE / 2 + (x - across.middle) * scale),
    y: round(SIDE / 2 - (y - down.middle) * scale),
  }));
}
