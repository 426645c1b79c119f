/** What the worker needs that decodes the page's photos: it loads nothing else. Private. */
export { whiteCanvas } from "../classify/white-canvas.ts";
