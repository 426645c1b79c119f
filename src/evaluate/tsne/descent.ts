/** The constants of t-SNE's descent, for CPU and GPU alike. */
import type { RunOptions } from "../../engine/plan.ts";

/** Steps down the gradient in all, as many as scikit-learn's default of version 1.9. */
export const ITERATIONS = 1000;
/** Steps at the start that exaggerate affinities, so that clusters form early; then motion and gains begin anew. */
export const EXPLORATION = 250;
export const EXAGGERATION = 12;
export const EXPLORING = { exaggeration: EXAGGERATION, momentum: 0.5 } as const;
export const SETTLING = { exaggeration: 1, momentum: 0.8 } as const;

export interface DescentOptions extends RunOptions {
  onProgress?: ((done: number, total: number) => void) | undefined;
}
