/** What few calls of a session need, loaded with the first of them. */
export { measureCeilings } from "../engine/ceilings.ts";
export { Stopwatch } from "../engine/stopwatch.ts";
export { findNonFinite } from "../nets/non-finite.ts";
export { comparePreprocessing } from "./compare-preprocessing.ts";
export { tuneLoaded } from "./tune-loaded.ts";
