/** Goes along a map's deletion or insertion: the picture and the classifier's answer at every step. */
import type { CurvePictures, Outputs } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { degree, percent } from "../format.ts";
import { type Chart, drawChart, scaleOf } from "./chart.ts";
import { curvesOf, WAYS, type Way } from "./curves.ts";
import type { Scores } from "./judged.ts";
import { mixed } from "./mixed.ts";

/** The picture that a step of a way shows, RGBA: `replaced` pixels, in the order of the map, are hidden or shown. */
export function stepPicture({ ranks, photo, blank, start, height, width }: CurvePictures, way: Way, replaced: number): ImageData {
  const [stays, comes] = way === "deletion" ? [photo, blank] : [start, photo];
  return mixed(stays, comes, (at) => (ranks[at] as number) < replaced, { height, width });
}

/** The charts of both ways, and the steps to go through. `label`: of the class. */
export function makeScrubber(scores: Scores, label: string, outputs: Outputs): { element: HTMLElement; charts: Chart[] } {
  const all = WAYS.map((way) => curvesOf(scores, way));
  const scale = scaleOf(all, outputs);
  const charts = all.map((curves) => drawChart(curves, scale, outputs));
  const { height, width } = scores.pictures;
  const canvas = make("canvas", { width, height, role: "img" });
  const slider = make("input", { type: "range", min: "0", max: String((all[0]?.replaced.length ?? 1) - 1), step: "1", id: "scrub" });
  const said = make("output", {}) as HTMLOutputElement;
  said.htmlFor.add("scrub");
  const radios = WAYS.map((way) => make("input", { type: "radio", name: "scrub-way", value: way, checked: way === "deletion" }));
  const words = { deletion: "Hide", insertion: "Show" } as const;
  const done = { deletion: "hidden", insertion: "shown" } as const;

  const show = (): void => {
    const at = Math.max(
      0,
      radios.findIndex(({ checked }) => checked),
    );
    const { way, replaced, shares, map } = all[at] as (typeof all)[number];
    const step = slider.valueAsNumber;
    canvas.getContext("2d")?.putImageData(stepPicture(scores.pictures, way, replaced[step] as number), 0, 0);
    const text = `${percent(shares[step] as number)} ${done[way]}: ${label} ${degree(map[step] as number, outputs)}`;
    said.value = canvas.ariaLabel = slider.ariaValueText = text;
    charts.forEach((chart, other) => {
      chart.mark(step);
      chart.element.classList.toggle("chart-in-use", other === at);
    });
  };
  const goTo = (way: number, { clientX, currentTarget, buttons, type }: PointerEvent): void => {
    if (type === "pointermove" && buttons === 0) return;
    const { left, width: across } = (currentTarget as Element).getBoundingClientRect();
    (radios[way] as HTMLInputElement).checked = true;
    slider.value = String(charts[way]?.stepAt((clientX - left) / across));
    show();
  };
  slider.value = String(Math.floor(Number(slider.max) / 4));
  slider.addEventListener("input", show);
  canvas.addEventListener("contextrestored", show);
  for (const radio of radios) radio.addEventListener("change", show);
  charts.forEach(({ element }, way) => {
    for (const type of ["pointerdown", "pointermove"] as const) element.addEventListener(type, (event) => goTo(way, event));
  });
  show();
  const element = make(
    "div",
    { className: "scrub" },
    make("div", { className: "scrub-picture" }, canvas, make("p", { className: "scrub-said" }, said)),
    make(
      "fieldset",
      {},
      make("legend", { className: "visually-hidden" }, "Go along the curves"),
      ...radios.map((radio, at) => make("label", {}, radio, ` ${words[WAYS[at] as Way]} pixels`)),
      make("label", { className: "scrub-step" }, "Step ", slider),
    ),
    make("div", { className: "scrub-charts" }, ...charts.map(({ element }) => element)),
  );
  return { element, charts };
}
