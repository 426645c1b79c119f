/** What few classifiers and photos need, loaded with the first of them. */
export { encodeSafetensors } from "../nets/weights/encode-safetensors.ts";
export { fetchWeights } from "../nets/weights/fetch-weights.ts";
export { withNotClass } from "./not-class.ts";
export { takePhoto } from "./photo-sources.ts";
