/** What few classifiers and photos need, loaded with the first of them. */
export { fetchWeights } from "../nets/weights/fetch-weights.ts";
export { withNotClass } from "./not-class.ts";
export { modelOf } from "./own-classifier.ts";
export { takePhoto } from "./photo-sources.ts";
