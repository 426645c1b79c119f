/** What the page tells of a session once it is loaded. */
import { describeIgnored, type SessionInterface } from "../faces/all.ts";
import type { ReadyEngine } from "./state.ts";

/** What the page shows of a session at work. */
export function ready({ adapter, teacher, input, outputs, layers: { layers, cam }, labels, tuning }: SessionInterface): ReadyEngine {
  return { kind: "ready", adapter, teacher, input, outputs, layers, cam, labels, saved: tuning?.saved };
}

/** One sentence or none on the tensors that the classifier does not use. */
export function unusedOf({ ignored }: SessionInterface): string[] {
  return [describeIgnored(ignored)].filter((sentence) => sentence !== undefined);
}
