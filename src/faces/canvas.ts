/** What the worker needs that decodes, cuts and colours the page's photos: it loads nothing else. Private. */
export { whiteCanvas } from "../classify/white-canvas.ts";
export { type Drawable, draw } from "../explain/draw.ts";
export { type OverlayOptions, overlay, overlayScale } from "../explain/overlay.ts";
export { type InputSpec, LUMA, type Size } from "../nets/input-spec.ts";
