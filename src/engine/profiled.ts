/** Profiles a single call, and loads the profiler for that only. */
import type { Engine } from "./engine.ts";
import type { Profile } from "./profile.ts";

/**
 * Runs `work` with every plan timed, where that is wanted, and adds the profile to its result. Throws LIMIT where the device has no timestamp
 * queries.
 */
export function profiled<T extends object>(engine: Engine, wanted: true, work: () => Promise<T>): Promise<T & { profile: Profile }>;
export function profiled<T extends object>(
  engine: Engine,
  wanted: boolean | undefined,
  work: () => Promise<T>,
): Promise<T & { profile?: Profile }>;
export async function profiled<T extends object>(
  engine: Engine,
  wanted: boolean | undefined,
  work: () => Promise<T>,
): Promise<T & { profile?: Profile }> {
  if (!wanted) return work();
  const { Profiler } = await import("./profiler.ts");
  const profiler = new Profiler(engine);
  engine.profiler = profiler;
  try {
    await profiler.begin();
    const result = await work();
    return { ...result, profile: await profiler.finish() };
  } finally {
    engine.profiler = undefined;
    profiler.dispose();
  }
}
