/** A kernel of one's own on `relabel/engine`, timed. Returns what it computed, and what the GPU took for it. */
import { Engine, measureProfile, PlanBuilder, profiled, type Total, totalsBy } from "relabel/engine";
import { scaleKernel } from "./scale.kernel.ts";

export async function timeScale(values: Float32Array): Promise<{ scaled: Float32Array; totals: Total[] }> {
  const engine = await Engine.create();
  try {
    const input = engine.tensor("input", [values.length], values);
    const out = engine.tensor("out", [values.length]);
    const builder = new PlanBuilder(engine, "scaling");
    const uniforms = { count: values.length, gain: 2 };
    builder.dispatch(scaleKernel, { bindings: { input, out }, uniforms, threads: [values.length], flops: values.length });
    const plan = await builder.compile();
    await plan.run(); // warm up
    const { profile } = await profiled(engine, true, async () => {
      for (let run = 0; run < 10; run++) await plan.run();
      await engine.finish();
      return {};
    });
    const { spans } = profile;
    measureProfile(profile); // a track of its own in the performance panel, and performance.getEntriesByType("measure")
    return { scaled: await out.read(), totals: totalsBy(spans, ({ kernel }) => kernel) };
  } finally {
    engine.dispose();
  }
}
