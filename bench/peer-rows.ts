/** Measures other libraries on a layer or net that the engine was just measured on. */
import { type Times, timeWall } from "./measure.ts";
import type { Peer, PeerRun } from "./peers/peer.ts";
import type { PeerOutcome } from "./report/report.ts";
import type { Bench } from "./task.ts";

export interface Comparison {
  open(peer: Peer): Promise<PeerRun | string>;
  /** How a run is timed that took `cold` milliseconds the first time; as all are unless told otherwise. */
  time?(run: PeerRun, cold: number): Promise<Times>;
  /** The error of a peer's output. */
  check(values: Float32Array): number;
  tolerance: number;
}

/** The same layer or net by every peer: checked, and timed by the loop that times the engine. */
export async function measurePeers(bench: Bench, comparison: Comparison): Promise<Record<string, PeerOutcome>> {
  const outcomes: Record<string, PeerOutcome> = {};
  for (const peer of bench.peers) outcomes[peer.name] = await measurePeer(bench, peer, comparison);
  return outcomes;
}

async function measurePeer(bench: Bench, peer: Peer, { open, check, tolerance, time }: Comparison): Promise<PeerOutcome> {
  let run: PeerRun | string | undefined;
  try {
    const began = performance.now();
    run = await open(peer);
    if (typeof run === "string") return { state: "skipped", note: run };
    await run.run();
    const cold = performance.now() - began;
    const error = check(await run.read());
    if (!(error <= tolerance)) return { state: "wrong", note: "the result differs from the reference", error, cold };
    const times = time ? await time(run, cold) : await timeWall(run, bench.effort);
    return { state: "ok", note: run.note, error, cold, times };
  } catch (cause) {
    return { state: "failed", note: cause instanceof Error ? cause.message : String(cause) };
  } finally {
    if (typeof run === "object") run.dispose();
  }
}
