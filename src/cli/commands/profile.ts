/** Measures where the time of an explanation or a classification goes, and writes a report and a trace. */
import { type Profile, type ProfileAbout, profileFile } from "../../faces/all.ts";
import { describeAdapter, eachPhoto, printReports } from "../command.ts";
import { CommandError } from "../errors.ts";
import { forLine } from "../escape.ts";
import { profilePaths } from "../explain-report.ts";
import { type ClassifyCommandOptions, type ExplainCommandOptions, explanationSettings, type WritingOptions } from "../flags.ts";
import { asJson } from "../json-file.ts";
import { listPhotos } from "../list-photos.ts";
import { Outputs } from "../output-files.ts";
import { notify, printLine } from "../print.ts";
import { readProfileFile } from "../profile-file.ts";
import { makeProfileReport, type ProfileReport, profileToMarkdown } from "../profile-report.ts";
import type { Runtime } from "../runtime-types.ts";

export type ProfileExplainOptions = Omit<ExplainCommandOptions, "profile">;
export type ProfileClassifyOptions = Omit<ClassifyCommandOptions, "logits" | "top" | "layers"> & WritingOptions;

type Run = (
  runtime: Runtime,
  photo: Parameters<Runtime["classify"]>[0],
) => Promise<Pick<ProfileAbout, "method" | "samples" | "settings"> & { profile?: Profile }>;

/** The command `profile explain`: where the time of each photo's explanation goes. Throws what the session throws. */
export async function profileExplain(images: readonly string[], options: ProfileExplainOptions, signal: AbortSignal): Promise<void> {
  const [settings, ...others] = explanationSettings(options);
  if (others.length > 0) throw new CommandError("Several methods cannot be profiled at once", "Choose one with --method.");
  const explain: Run = (runtime, photo) => runtime.explain(photo, { ...settings, profile: true, signal });
  return profile("explain", images, options, signal, explain);
}

/** The command `profile classify`. Throws what the session throws. */
export function profileClassify(images: readonly string[], options: ProfileClassifyOptions, signal: AbortSignal): Promise<void> {
  const classify: Run = (runtime, photo) => runtime.classify(photo, { profile: true }, signal);
  return profile("classify", images, options, signal, classify);
}

/** The command `profile --from`: the report of a profile that was saved as a trace. Throws a CommandError where the file is none. */
export async function profileFrom(path: string, { json }: { json?: boolean }): Promise<void> {
  const { about, profile: saved } = await readProfileFile(path);
  const report = makeProfileReport(saved, about);
  printLine(json ? JSON.stringify(report, undefined, 2) : profileToMarkdown(report));
}

async function profile(
  command: string,
  images: readonly string[],
  options: ProfileClassifyOptions,
  signal: AbortSignal,
  run: Run,
): Promise<void> {
  const { json, out } = options;
  const photos = await listPhotos(images, notify);
  const outputs = await Outputs.check(photos, (name) => Object.values(profilePaths(out, name)), options);
  const reports: ProfileReport[] = [];
  await eachPhoto(photos, options, signal, async (runtime, { path: image, name }, photo) => {
    const { adapter, teacher } = runtime;
    if (reports.length === 0) notify(describeAdapter(adapter));
    notify(`Profiling ${command} ${forLine(image)}`);
    // A classification before: what the first one in a session waits for is no part of the profile.
    await runtime.classify(photo, {}, signal);
    const { profile: measured, method, samples, settings } = await run(runtime, photo);
    signal.throwIfAborted();
    const about: ProfileAbout = {
      ...{ command, image, teacher, method, samples, settings, adapter, runtime: runtime.name },
      ...{ date: new Date().toISOString(), ceilings: await runtime.measureCeilings() },
    };
    const report = makeProfileReport(measured as Profile, about);
    reports.push(report);
    const markdown = profileToMarkdown(report);
    const paths = profilePaths(out, name);
    const written = await outputs.write(
      new Map([
        [paths.trace, JSON.stringify(profileFile(measured as Profile, about))],
        [paths.json, asJson(report)],
        [paths.markdown, `${markdown}\n`],
      ]),
    );
    if (!json) printLine(markdown);
    notify(`Files: ${written.join(", ")}`);
  });
  if (json) printReports(reports, images, photos);
}
