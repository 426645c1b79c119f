/** All that a session in a worker does of `relabel/evaluate`, to be loaded at once. */
export { drawCurves, evaluate } from "./evaluate.ts";
export { check } from "./sanity-checks.ts";
export { embed } from "./tsne/embedding.ts";
