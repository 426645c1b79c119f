/** What <relabel-map> needs once it starts. */
export { cropOf } from "../classify/fit.ts";
export { downloadPhoto, openPicture } from "../classify/photo-sources.ts";
export { draw } from "../explain/draw.ts";
export { Session } from "../explain/session.ts";
