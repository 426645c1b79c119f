/** What is loaded when a method that searches for a mask runs. */
export { extremal } from "./extremal.ts";
export { fgvis } from "./fgvis.ts";
