/** Runs `explain` with several methods: one after the other, then scores, figure and report of all. */
import { basename } from "node:path";
import {
  type AdapterInfo,
  adapterName,
  EngineError,
  type Evaluation,
  type ExplainOptions,
  type Explanation,
  findMethod,
  type InputSpec,
  type MapEvaluation,
  type Method,
} from "../faces/all.ts";
import { forLine } from "./escape.ts";
import { comparisonPaths, type MapFiles, makeReport, mapFiles, outputPaths, type Report } from "./explain-report.ts";
import { drawFigure, IMAGE_SIDE, type Panel, within } from "./figure.ts";
import { asJson } from "./json-file.ts";
import type { Outputs } from "./output-files.ts";
import type { OverlayRequest } from "./overlay-figure.ts";
import { drawFrame, paintMap, resizePhoto } from "./paint.ts";
import { cropIn, isWhole, type Place } from "./photo-place.ts";
import { describePasses, percent } from "./progress.ts";
import { reportError } from "./report-error.ts";
import type { Runtime } from "./runtime-types.ts";
import { shade } from "./shading.ts";
import { shortNumber } from "./typeset.ts";

/** What `explain --json` prints for an image and several methods. */
export interface ComparisonReport extends Place {
  image: string;
  adapter: AdapterInfo;
  teacher: string;
  files: { figure: string };
  /** In the order asked for; with `scores` where they were asked for and there is a map. */
  methods: ((Report & { scores?: MapEvaluation }) | FailureReport)[];
  /** Where scores were asked for: those of all maps, and of yardsticks that know nothing of the classifier. */
  evaluation?: Evaluation;
}

/** A method that could not run. */
export interface FailureReport {
  method: string;
  error: { code: string; message: string; fix: string };
}

type Outcome = { method: Method } & ({ explanation: Explanation; scores?: MapEvaluation } | { error: EngineError });

export interface ComparisonRequest extends OverlayRequest {
  /** The file of weights that was given, if one was. */
  readonly weights?: string | undefined;
  readonly input: InputSpec;
  /** What its files are named after. */
  name: string;
  out: string;
  outputs: Outputs;
  runtime: Pick<Runtime, "name" | "adapter" | "teacher">;
  run(settings: ExplainOptions): Promise<Explanation>;
  /** Scores maps of the image for a class, where that is asked for. */
  score: ((maps: Readonly<Record<string, Float32Array>>, target: number) => Promise<Evaluation>) | undefined;
  /** Tells the user what came out of a method. */
  tell(explanation: Explanation): void;
  say(line: string): void;
}

/** Thickness of the frame's lines, in pixels. */
const FRAME = 2;
/** Errors that say that no other method would do better. */
const FATAL = ["ABORTED", "BAD_IMAGE", "DISPOSED"];
const FOOTNOTE =
  "Each map has a colour scale of its own, whose ends stand below it: the map's median, or 0 where that is negative, and its 99.5th percentile.";
const SIGNED_FOOTNOTE =
  "Each map has a colour scale of its own, whose ends stand below it: the 99.5th percentile of its absolute values, for the class and against it.";

/**
 * Explains by one method after the other, and writes every map and overlay, one figure of all and one report, all or none. A method that
 * fails or finds nothing leaves its reason in their place. Returns the report and the paths written. Throws what is not one method's alone.
 */
export async function compare(
  plan: readonly ExplainOptions[],
  request: ComparisonRequest,
): Promise<{ report: ComparisonReport; written: string[] }> {
  const { image, out, runtime } = request;
  const { adapter, teacher } = runtime;
  const outcomes: Outcome[] = [];
  for (const settings of plan) outcomes.push(await attempt(settings, request));
  const evaluation = await score(outcomes, request);

  const paths = comparisonPaths(out, request.name);
  const parts = await Promise.all(outcomes.map((outcome) => makePart(outcome, request)));
  const report: ComparisonReport = {
    ...{ image, ...request.place, adapter, teacher, files: { figure: paths.figure }, methods: parts.map((part) => part.report) },
    ...(evaluation ? { evaluation } : {}),
  };
  const contents = new Map([
    [paths.figure, await draw(outcomes, request)],
    ...parts.flatMap((part) => [...part.contents]),
    [paths.json, asJson({ ...report, methods: parts.map((part) => ({ ...part.report, settings: part.settings })) })],
  ]);
  const stale = parts.flatMap((part) => part.stale);
  return { report, written: await request.outputs.write(contents, stale) };
}

interface Part extends MapFiles {
  report: ComparisonReport["methods"][number];
  settings?: Explanation["settings"];
}

/** What of a comparison is one method's. */
async function makePart(outcome: Outcome, request: ComparisonRequest): Promise<Part> {
  const { name, out, runtime } = request;
  const method = outcome.method.name;
  const paths = outputPaths(out, name, method);
  if ("error" in outcome) {
    const { code, message, fix } = outcome.error;
    return { report: { method, error: { code, message, fix } }, contents: new Map(), stale: [paths.overlay, paths.map] };
  }
  const { explanation, scores } = outcome;
  const report = { ...makeReport(request, runtime.adapter, explanation, paths), ...(scores ? { scores } : {}) };
  return { report, settings: explanation.settings, ...(await mapFiles(paths, explanation, request, runtime)) };
}

async function attempt(settings: ExplainOptions, { run, tell, say }: ComparisonRequest): Promise<Outcome> {
  const method = findMethod(settings.method as string);
  say(`\n${method.title}`);
  try {
    const explanation = await run(settings);
    tell(explanation);
    return { method, explanation };
  } catch (error) {
    if (!(error instanceof EngineError) || FATAL.includes(error.code)) throw error;
    reportError(error);
    return { method, error };
  }
}

/** Scores all maps at once, and puts the scores to their outcomes. */
async function score(outcomes: Outcome[], request: ComparisonRequest): Promise<Evaluation | undefined> {
  const drawn = outcomes.flatMap((outcome) => ("explanation" in outcome && outcome.explanation.map ? [outcome] : []));
  const [first] = drawn;
  if (!request.score || !first) return undefined;
  const maps = Object.fromEntries(drawn.map(({ method, explanation }) => [method.name, explanation.map as Float32Array]));
  const evaluation = await request.score(maps, first.explanation.target.index);
  for (const outcome of drawn) outcome.scores = evaluation.maps[outcome.method.name] as MapEvaluation;
  return evaluation;
}

async function draw(outcomes: readonly Outcome[], request: ComparisonRequest): Promise<Uint8Array> {
  const { image, runtime } = request;
  const { adapter, teacher } = runtime;
  const explanations = outcomes.flatMap((outcome) => ("explanation" in outcome ? [outcome.explanation] : []));
  const [first] = explanations;
  const about = first ? [`Class ${first.target.index} with probability ${percent(first.target.probability)}`] : [];
  const panels = await Promise.all(outcomes.map((outcome) => makePanel(outcome, request)));
  return drawFigure({
    title: forLine(first ? `${basename(image)}: ${first.target.label}` : basename(image)),
    subtitle: [...about, teacher, `${adapterName(adapter)}${adapter.software ? " (software)" : ""}`].join(" · "),
    panels: [...(first ? [await photoPanel(request)] : []), ...panels],
    footnote: request.colours.signed ? SIGNED_FOOTNOTE : FOOTNOTE,
    input: first ?? { width: 1, height: 1 },
  });
}

/** The whole photo. */
async function photoPanel({ photo, place }: ComparisonRequest): Promise<Panel> {
  const picture = await resizePhoto(photo, within(photo, { width: IMAGE_SIDE, height: IMAGE_SIDE }));
  const whole = isWhole(place);
  if (!whole) drawFrame(picture, cropIn(place, picture), FRAME);
  return { title: "Photo", image: picture, lines: [whole ? "the classifier sees all of it" : "framed: what the classifier sees"] };
}

async function makePanel(outcome: Outcome, { colours }: ComparisonRequest): Promise<Panel> {
  const { title } = outcome.method;
  if ("error" in outcome) return { title, reason: `${outcome.error.message} ${outcome.error.fix}`, lines: ["failed"] };
  const { map, input, width, height, degenerate, passes, seconds } = outcome.explanation;
  const { scores } = outcome;
  const { deletion, insertion } = scores?.causal ?? {};
  const areas = deletion && insertion ? [`deletion ${deletion.area.toFixed(3)} · insertion ${insertion.area.toFixed(3)}`] : [];
  const cost = `${seconds.total.toFixed(1)} s · ${describePasses(passes)}`;
  if (!map) return { title, reason: degenerate, lines: ["no map", cost] };
  const shading = shade(map, colours);
  const picture = await resizePhoto({ width, height, data: input }, within({ width, height }, { width: IMAGE_SIDE, height: IMAGE_SIDE }));
  paintMap(picture, { values: map, width, height, shading }, { left: 0, top: 0, width: picture.width, height: picture.height });
  return {
    title,
    image: picture,
    shading,
    lines: [`values ${shortNumber(shading.least)} to ${shortNumber(shading.most)}`, cost, ...areas],
  };
}
