/** A profile as a file that trace viewers open, and that says enough to be read back. */
import type { AdapterInfo } from "./adapter.ts";
import type { Ceilings } from "./ceilings.ts";
import type { Profile } from "./profile.ts";
import { type TraceEvent, traceOf } from "./trace.ts";

/** What such files call themselves. */
export const PROFILE_SCHEMA = "relabel-trace";
/** Of their form. Another one is not read. */
export const PROFILE_VERSION = 1;

/** What was profiled, on what, and when. */
export interface ProfileAbout {
  /** What was called: "explain", "classify" or another name. */
  command: string;
  /** Name of the photo, or of whatever else was worked on. */
  image: string;
  /** Name of the classifier. */
  teacher: string;
  /** Of an explanation: its method, how many samples that took, and every setting. */
  method?: string;
  samples?: number;
  settings?: Record<string, unknown>;
  adapter: AdapterInfo;
  /** The browser or Node, with its version. */
  runtime: string;
  /** When it was made, as ISO 8601. */
  date: string;
  /** Of the adapter, if they were measured. */
  ceilings?: Ceilings;
}

/** A trace in the Trace Event Format, whose metadata hold all that it was made of. As JSON it is NAME.trace.json. */
export interface ProfileFile {
  traceEvents: TraceEvent[];
  displayTimeUnit: "ns";
  otherData: { schema: typeof PROFILE_SCHEMA; version: typeof PROFILE_VERSION; about: ProfileAbout; profile: Profile };
}

/**
 * A profile as a trace for Perfetto and Chrome's performance panel, which `relabel profile --from` and `mountProfile` of the page read, too: write
 * it as JSON.
 */
export function profileFile(profile: Profile, about: ProfileAbout): ProfileFile {
  const otherData = { schema: PROFILE_SCHEMA, version: PROFILE_VERSION, about, profile } as const;
  return { ...traceOf(profile, about.adapter.description), otherData };
}
