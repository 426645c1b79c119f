/** What is loaded when a method that changes the photo runs. */
export { lime } from "./lime.ts";
export { occlusion } from "./occlusion.ts";
export { rise } from "./rise.ts";
export { scoreCam } from "./score-cam.ts";
