/** What students of gated synthesis see: the gates as 32 x 32 cells. */
import type { Engine } from "../../engine/engine.ts";
import { PlanBuilder, type RunOptions } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { CELLS } from "./prior.ts";
import { GATE_VALUES } from "./synthesis.ts";

/** Cells of a sample's gate. */
export const FEATURES = CELLS * CELLS;
const SCORE_CHUNK = 128;

/** What gates are drawn by, as kernels/gates takes it. */
export interface GateSettings {
  seed: number;
  balanced: number;
  keep: number;
}

/** Gates of `count` samples as rows of 32 x 32 cells. */
export function appendFeatures(plan: PlanBuilder, gates: Tensor, out: Tensor, count: number) {
  return plan.dispatch(kernels.gateFeatures, {
    bindings: { gates, out },
    uniforms: { samples: count, cells: CELLS, first_row: 0 },
    threads: [FEATURES, count],
    flops: count * FEATURES * 49 * 20,
  });
}

/**
 * Every sample's product with the weights. Draws the gates again, chunk by chunk, instead of keeping them; `settings` must be those that they
 * were drawn with.
 */
export async function scoreGates(
  engine: Engine,
  weights: Tensor,
  settings: GateSettings,
  samples: number,
  options: RunOptions,
): Promise<Float32Array> {
  const rows = Math.ceil(samples / SCORE_CHUNK) * SCORE_CHUNK;
  const scores = engine.tensor("scores", [rows]);
  const plan = new PlanBuilder(engine, "distil");
  const gates = plan.temporary("gates", [SCORE_CHUNK, GATE_VALUES]);
  const cells = plan.temporary("gate features", [SCORE_CHUNK, FEATURES]);
  const draw = plan.dispatch(kernels.gates, {
    bindings: { gates },
    uniforms: { samples: SCORE_CHUNK, first_sample: 0, ...settings },
    threads: [GATE_VALUES / 4, SCORE_CHUNK],
  });
  appendFeatures(plan, gates, cells, SCORE_CHUNK);
  const score = plan.dispatch(kernels.score, {
    bindings: { x: cells, w: weights, scores },
    uniforms: { rows: SCORE_CHUNK, columns4: FEATURES / 4, first_row: 0 },
    threads: [kernels.score.constants.WORKGROUP_X, SCORE_CHUNK],
    flops: 2 * SCORE_CHUNK * FEATURES,
  });
  const compiled = await plan.compile();
  try {
    for (let first = 0; first < samples; first += SCORE_CHUNK) {
      compiled.set(draw, { first_sample: first });
      compiled.set(score, { first_row: first });
      await compiled.run(options);
    }
    return await scores.read(samples);
  } finally {
    compiled.dispose();
    scores.dispose();
  }
}
