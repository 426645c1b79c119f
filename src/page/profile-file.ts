/** Makes the file of a profile that was measured on this page. */
import { type Explanation, type Profile, type ProfileAbout, type ProfileFile, profileFile } from "../faces/all.ts";

/** The profile of an explanation with where it was made. */
export function fileOf(
  profile: Profile,
  { image, teacher, method, samples, settings, adapter, ceilings }: Explanation & Pick<ProfileAbout, "image" | "adapter" | "ceilings">,
): ProfileFile {
  const runtime = /(Headless)?(Chrome|Firefox)\/[\d.]+|Version\/[\d.]+ Safari/.exec(navigator.userAgent)?.[0] ?? "a browser";
  const about = { command: "explain", image, teacher, method, samples, settings, adapter, ceilings };
  return profileFile(profile, { ...about, runtime, date: new Date().toISOString() });
}
