/** All faces at once, and what else the command line, the page and the benchmarks use. What is named here alone is private. */

export { type InspectedModel, type InspectedNet, inspectNet, inspectOnnx } from "../classify/inspect.ts";
export { fitConfigLabels } from "../classify/labels-file.ts";
export { looksLikeOnnx } from "../classify/looks-like-onnx.ts";
export type { OnnxOptions } from "../classify/onnx-classifier.ts";
export { OUTPUTS, outputsOf } from "../classify/outputs.ts";
export { cropOf } from "../classify/photo.ts";
export { preprocessingInput } from "../classify/preprocessing.ts";
export { Declarations } from "../engine/wgsl-declarations.ts";
export { checkPerplexity } from "../evaluate/tsne/tsne.ts";
export { comparePreprocessing, type PreprocessingVerdict } from "../explain/compare-preprocessing.ts";
export { type Choice, choose } from "../explain/methods.ts";
export { STUDENT_PLANS } from "../explain/relabel/student.ts";
export { DESCRIPTIONS, type Description } from "../explain/relabel/synthetic-images.ts";
export { VAE_FILE } from "../explain/session-state.ts";
export { asTuning } from "../explain/tuning.ts";
export * from "../index.ts";
export { CHANNELS, FILTERS, inputOf, LUMA, RESIZES, type Size, settleInput } from "../nets/input-spec.ts";
export { parseColour, parseSize } from "../nets/input-text.ts";
export { savedShare, type TunedLayer } from "../nets/measure-variants.ts";
export { download } from "../nets/weights/download.ts";
export { PIECE_BYTES } from "../nets/weights/kept-files.ts";
export { type Authority, holdToEarlier, pinned } from "../zoo/hub.ts";
export { PACKAGE_WEIGHTS } from "../zoo/package-weights.ts";
export * from "./engine.ts";
export * from "./evaluate.ts";
export * from "./methods.ts";
export * from "./nets.ts";
