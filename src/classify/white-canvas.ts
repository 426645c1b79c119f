/** The one place where pictures are drawn to be read. */

/** A canvas like white paper, on which what is transparent shows as it does in print. Its pixels are read at once. */
export function whiteCanvas(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  return context;
}
