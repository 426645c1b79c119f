/** Lets this browser remember how fast its adapters are, for estimates before the next run. */
import { createStore, get, set } from "idb-keyval";
import { type AdapterInfo, describeAdapter } from "../../src/engine/adapter.ts";
import type { BenchOptions } from "../bench-options.ts";
import { GUESSES, type Speed } from "../estimate.ts";
import { adapterTitle } from "../report/line.ts";
import type { Report } from "../report/report.ts";

const store = () => createStore("relabel-bench-speeds", "speeds");

/** Runs that are as far off an estimate as each other. */
const kindOf = ({ quick, peers }: BenchOptions) => `${quick ? "quick" : "full"}${peers.length > 0 ? " with others" : ""}`;

interface Kept extends Pick<Speed, "ceilings"> {
  /** By kind of run. */
  readonly paces: Readonly<Record<string, number>>;
}

/** How fast this browser's adapter is expected to be, and what that stands on. */
export interface Recalled {
  readonly speed: Speed;
  /** Where not, all is a guess. */
  readonly measured: boolean;
  readonly name: string;
}

const recall = (adapter: AdapterInfo) => get<Kept>(adapterTitle(adapter), store()).catch(() => undefined);

/** What is known of this browser's adapter for such a run. A browser without WebGPU has none. */
export async function recallSpeed(gpu: GPU | undefined, options: BenchOptions): Promise<Recalled | undefined> {
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const info = describeAdapter(adapter.info);
  const { software } = info;
  const known = await recall(info);
  const { ceilings, paces }: Kept = known ?? { ceilings: GUESSES[software ? "software" : "gpu"], paces: {} };
  return { speed: { ceilings, software, pace: paces[kindOf(options)] ?? 1 }, measured: known !== undefined, name: adapterTitle(info) };
}

/** Remembers an adapter's ceilings and, where it is given, the pace of such a run. A browser that keeps nothing guesses again the next time. */
export async function rememberSpeed({ adapter, ceilings, options }: Report, pace: number | undefined): Promise<void> {
  const paces = { ...(await recall(adapter))?.paces, ...(pace === undefined ? {} : { [kindOf(options)]: pace }) };
  await set(adapterTitle(adapter), { ceilings, paces } satisfies Kept, store()).catch(() => undefined);
}
