/** What evaluate(), check() and embed() have in common to refuse. */
import { refuseOption } from "../engine/printable.ts";
import { checkCall } from "../explain/recovery.ts";
import { Session } from "../explain/session.ts";

/** Throws BAD_OPTION where the session is none, or the options are something else. */
export function checkArguments(session: unknown, options: unknown): void {
  if (!(session instanceof Session)) refuseOption("session is", session, "Give what Session.create resolves to, first.");
  checkCall(options);
}
