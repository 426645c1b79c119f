/** Keeps nets apart from files: the interface through which they read parameters. */

/** Parameters from a file, or computed from one. */
export interface WeightSource {
  /**
   * Row-major values of the tensor as f32: all of them, or `count` of its rows from `first` on (a row is what lies behind the outermost
   * extent). Throws BAD_WEIGHTS where the tensor is missing, has another shape, or holds a value that is not finite in f32.
   */
  read(key: string, shape: readonly number[], first?: number, count?: number): Promise<Float32Array<ArrayBuffer>>;
  /** Bytes of a tensor that are read at once, where that many cost hardly more than a few; few by default. */
  slab?(key: string): number | undefined;
  /** The file of a tensor and its name there, for errors. */
  describe?(key: string): string;
}

/** What errors call a tensor of a source. */
export const describeTensor = (source: WeightSource, key: string): string => source.describe?.(key) ?? `Tensor "${key}"`;
