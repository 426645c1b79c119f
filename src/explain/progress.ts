/** How far an explanation is, as methods report it to whoever waits. */
export interface Progress {
  /** "restarting": the GPU device was lost, and the explanation begins again on another one. */
  stage: "restarting" | "classify" | "encode" | "adapt" | "segment" | "sample" | "distil" | "backward" | "optimise";
  done: number;
  total: number;
  /** The map so far, height x width, where the method has one before the end. */
  map?: Float32Array;
  shiftedShare?: number;
}
