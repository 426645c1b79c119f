/** Lets this browser remember how fast its adapters are, for estimates before the next run. */
import { createStore, get, set } from "idb-keyval";
import { type AdapterInfo, adapterName, describeAdapter } from "../../src/engine/adapter.ts";
import { GUESSES, type Speed } from "../estimate.ts";

const store = () => createStore("relabel-bench-speeds", "speeds");
const keyOf = (adapter: AdapterInfo) => `${adapterName(adapter)}${adapter.software ? " (software)" : ""}`;

/** What is known of this browser's adapter: measured, or guessed where it never was. A browser without WebGPU has none. */
export async function recallSpeed(gpu: GPU | undefined): Promise<{ speed: Speed; measured: boolean; name: string } | undefined> {
  const adapter = await gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const info = describeAdapter(adapter.info);
  const known = await get<Speed>(keyOf(info), store()).catch(() => undefined);
  const guess = { ceilings: GUESSES[info.software ? "software" : "gpu"], software: info.software, pace: 1 };
  return { speed: known ?? guess, measured: known !== undefined, name: keyOf(info) };
}

/** A browser that keeps nothing guesses again the next time. */
export async function rememberSpeed(adapter: AdapterInfo, speed: Speed): Promise<void> {
  await set(keyOf(adapter), speed, store()).catch(() => undefined);
}
