/** Reads a profile that was saved as a trace, by a command or by the page. */
import * as v from "valibot";
import { PROFILE_SCHEMA, PROFILE_VERSION, type ProfileAbout, type ProfileFile } from "../faces/all.ts";
import { CommandError } from "./errors.ts";
import { readJson } from "./json-file.ts";
import { adapter } from "./schema-parts.ts";

const FIX = "Give a NAME.trace.json that this version of profile, explain --profile or the page wrote.";

const TIMES = { start: v.number(), end: v.number() };
const GRID = v.tuple([v.number(), v.number(), v.number()]);

const SPAN = v.object({
  ...{ plan: v.string(), kernel: v.string(), label: v.string(), submit: v.number() },
  ...{ ...TIMES, flops: v.number(), bytes: v.number(), grid: GRID },
  constants: v.record(v.string(), v.union([v.number(), v.string()])),
  replayed: v.exactOptional(v.number()),
});

const PROFILE = v.object({
  ...{ began: v.number(), wall: v.number(), replayed: v.boolean(), lost: v.number() },
  clock: v.object({ mode: v.picklist(["exact", "quantised", "none"]), step: v.number() }),
  spans: v.array(SPAN),
  submits: v.array(v.object({ plan: v.string(), submitted: v.number(), done: v.number() })),
  activities: v.array(v.object({ label: v.string(), kind: v.picklist(["work", "wait"]), ...TIMES })),
});

const ABOUT = v.object({
  ...{ command: v.string(), image: v.string(), teacher: v.string(), runtime: v.string(), date: v.string() },
  ...{ method: v.exactOptional(v.string()), samples: v.exactOptional(v.number()) },
  settings: v.exactOptional(v.record(v.string(), v.unknown())),
  adapter,
  // Later versions may measure more.
  ceilings: v.exactOptional(v.looseObject({ gflops: v.number(), gigabytes: v.number() })),
});

const FILE = v.looseObject({
  otherData: v.object({ schema: v.literal(PROFILE_SCHEMA), version: v.literal(PROFILE_VERSION), about: ABOUT, profile: PROFILE }),
});

/** What the file holds beside the events. Throws a CommandError that names the file, and the line and field where it is another one or damaged. */
export async function readProfileFile(path: string): Promise<Pick<ProfileFile["otherData"], "about" | "profile">> {
  const file = await readJson(path, FILE, FIX);
  if (!file) throw new CommandError(`${path}: there is no such file`, FIX);
  const { about, profile } = file.otherData;
  const lost = profile.spans.findIndex(({ submit }) => !profile.submits[submit]);
  if (lost >= 0) throw new CommandError(`${path}: dispatch ${lost} is of a submit that is not in the file`, FIX);
  return { about: about as ProfileAbout, profile };
}
