/** Shows the classifier the part of a photo that is chosen. */
import type { OpenedBySession, Rectangle } from "../faces/all.ts";
import type { Session } from "../faces/worker.ts";
import type { DecodedPhoto } from "./decode.ts";
import { type Framing, fitOf, placedRegion } from "./stage/region.ts";

/** What of the photo the session has prepared and classified: the region that the user placed, where there is one. */
export interface Seen {
  readonly opened: OpenedBySession;
  readonly region: Rectangle | undefined;
}

/** Prepares the part and classifies it. Throws what the session throws, and a PageError where the photo's pixels cannot be had. */
export async function lookAt(session: Session, photo: DecodedPhoto, framing: Framing) {
  const region = placedRegion(session.input, framing);
  const fit = region ? "squash" : fitOf(session.input, framing);
  const opened = await session.open(await photo.pixels(region), { fit, move: true });
  return { seen: { opened, region } satisfies Seen, verdict: await session.classify(opened) };
}
