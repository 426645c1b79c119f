/** The views of the page that work with finished maps: they are judged, explored, profiled, kept, compared and reported. */
import type { Controller } from "./controller.ts";
import { mountExplore } from "./explore/explore-panel.ts";
import { mountReportButton } from "./exports/report-button.ts";
import { Judge } from "./judge/judge.ts";
import { mountJudge } from "./judge/judge-panel.ts";
import { mountProfilePanel } from "./profile-panel.ts";
import type { Store, View } from "./state.ts";
import { mountCompare } from "./strip/compare.ts";
import type { KeptMaps } from "./strip/kept-maps.ts";
import { mountStrip } from "./strip/strip.ts";

/** Makes them, and what answers their questions. */
export function finishedViews(store: Store, controller: Controller, kept: KeptMaps): View[] {
  const judge = new Judge(store, controller);
  return [
    judge.view,
    mountJudge(judge, (error) => controller.report(error)),
    mountExplore(judge, controller),
    mountProfilePanel(controller),
    mountReportButton(controller, kept),
    mountStrip(controller, kept),
    mountCompare(controller, kept, judge),
  ];
}
