/** The part of the page where the user starts an explanation, watches it and stops it. */
import type { ExplainOptions } from "../faces/all.ts";
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { megabytes, shortLabel, timeLeft } from "./format.ts";
import { mountOptions } from "./options-form.ts";
import type { Run, State, View } from "./state.ts";
import type { KeptMaps } from "./strip/kept-maps.ts";

/** Where on the whole bar each stage begins, and its length. */
const SPANS: Record<Run["stage"], readonly [start: number, length: number]> = {
  restarting: [0, 0],
  classify: [0, 0.02],
  encode: [0.02, 0.02],
  adapt: [0.04, 0.06],
  segment: [0.04, 0.06],
  sample: [0.1, 0.85],
  distil: [0.95, 0.05],
  backward: [0.1, 0.9],
  optimise: [0.1, 0.9],
};

/** The form that starts an explanation, its progress, and the button that stops it. */
export function mountExplainer(controller: Controller, kept: KeptMaps): View {
  const section = element("explain", HTMLElement);
  const form = element("explain-form", HTMLFormElement);
  const start = element("start", HTMLButtonElement);
  const stop = element("stop", HTMLButtonElement);
  const progress = element("run", HTMLDivElement);
  const bar = element("run-bar", HTMLProgressElement);
  const stage = element("run-stage", HTMLSpanElement);
  const left = element("run-left", HTMLSpanElement);
  const options = mountOptions();
  let now: Readonly<State> | undefined;
  let loading = false;
  let showMethods: View | undefined;

  /** Not seen before the first photo, and loaded then. */
  const loadMethods = async (): Promise<void> => {
    const { mountMethods } = await import("./methods/methods-panel.ts");
    showMethods = mountMethods(controller, options, kept);
    if (now) showMethods(now, undefined);
  };

  /** What the classifier cannot do is said at its field, and nothing starts. */
  const explain = (chosen: ExplainOptions): Promise<boolean> =>
    controller.explain(chosen, async (session) => {
      const refusal = await session.findRefusal(chosen);
      if (refusal) options.refuse(refusal);
      return refusal !== undefined;
    });
  const report = (error: unknown) => controller.report(error);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = options.read();
    if (chosen) explain(chosen).catch(report);
  });
  stop.addEventListener("click", () => controller.stop());
  document.addEventListener("keydown", ({ key, defaultPrevented }) => {
    if (key === "Escape" && !defaultPrevented) controller.stop();
  });

  return (state, before) => {
    const { top5, target, run, engine, tuning, switching } = state;
    section.hidden = !top5;
    // Once: another classifier changes nothing that the user has set.
    if (engine.kind === "ready" && before?.engine.kind !== "ready") options.adopt(engine.adapter);
    if (engine.kind === "ready" && engine !== before?.engine) options.offer(engine.layers);
    now = state;
    if (top5 && !loading) {
      loading = true;
      loadMethods().catch(report);
    }
    showMethods?.(state, before);
    if (target !== before?.target && target) start.textContent = `Explain “${shortLabel(target.label)}”`;
    const focused = document.activeElement;
    start.disabled = Boolean(run || tuning || switching);
    if (Boolean(run) !== Boolean(before?.run)) {
      options.enable(!run);
      progress.hidden = !run;
      // The form's controls cannot be used meanwhile: whoever was there keeps a place to go on from.
      if (run && form.contains(focused)) stop.focus();
      if (!run && focused === stop && !before?.run?.profiling) start.focus();
    }
    if (!run || (run === before?.run && state.download === before?.download)) return;
    const [from, length] = SPANS[run.stage];
    bar.value = from + length * (run.total > 0 ? run.done / run.total : 0);
    stage.textContent = describe(run, state.download);
    stop.textContent = state.map && !run.profiling ? "Stop and keep the map" : "Stop";
    left.textContent = run.stopping || run.secondsLeft === undefined ? "" : timeLeft(run.secondsLeft);
    // Not disabled, which would lose the focus.
    stop.setAttribute("aria-disabled", String(run.stopping));
  };
}

/** One line on what is going on. */
export function describe({ profiling, ...run }: Run, download: State["download"]): string {
  return profiling ? `Profiling. ${run.stopping ? "Stopping…" : describeStage(run, download)}` : describeStage(run, download);
}

function describeStage({ stage, done, total, samples, stopping }: Omit<Run, "profiling">, download: State["download"]): string {
  if (stopping) return samples > 0 ? "Stopping, and drawing the map so far…" : "Stopping…";
  if (download) return `Loading ${download.file}, ${megabytes(download.loaded)}${download.total ? ` of ${megabytes(download.total)}` : ""}`;
  if (stage === "restarting") return "The GPU was lost: starting again";
  if (stage === "classify") return "Classifying the photo";
  if (stage === "encode") return "Encoding the photo";
  if (stage === "segment") return "Dividing the photo into regions";
  if (stage === "adapt") return `Finding how much to alter, step ${Math.min(done + 1, total)} of ${total}`;
  if (stage === "backward") return "Going back through the classifier";
  if (stage === "optimise") return `${done} of ${total} steps`;
  return stage === "sample" ? `${done} of ${total} samples` : "Distilling the map";
}
