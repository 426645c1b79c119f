/** Definitions of all kernels, for rooms that use several folders. Written by `npm run reflect` from the .wgsl files; do not edit. */
export * from "./backward/index.ts";
export * from "./classify/index.ts";
export * from "./dense/index.ts";
export * from "./engine/index.ts";
export * from "./evaluate/index.ts";
export * from "./explain/index.ts";
export * from "./grouped/index.ts";
export * from "./mask/index.ts";
export * from "./nets/index.ts";
export * from "./ops/index.ts";
export * from "./perturb/index.ts";
export * from "./relabel/index.ts";
export * from "./tsne/index.ts";
export * from "./winograd/index.ts";
