/** Shows kept maps large, in a dialog, one alone or some side by side: as they were when they were made. */
import type { Controller } from "../controller.ts";
import { DecodedPhoto } from "../decode.ts";
import { element, make } from "../elements.ts";
import { savePicture, saveReport, saveValues } from "../exports/save-files.ts";
import { describeWhere } from "../finding.ts";
import { duration, shortNumber } from "../format.ts";
import { paint } from "../picture.ts";
import { listFacts, summarise } from "../result.ts";
import { endsOf, gradientOf, type Look, type Scale, scaleOf } from "../stage/look.ts";
import { fullNameOf, type KeptMap, listScores, nameOf } from "./kept-map.ts";

/** A map in the dialog. */
interface Panel {
  readonly photo: DecodedPhoto;
  readonly element: HTMLElement;
  /** Of its own. */
  readonly scale: Scale;
  /** Draws the photo, with the map over it or without, and writes the ends of the colour bar. */
  draw(covered: boolean, scale: Scale): Promise<void>;
}

/** Opens the dialog, with maps in the colours that the page has; no classifier is asked. `reported`: whether a report of the photo on show has them. Reports where a picture cannot be drawn. */
export async function showMaps(maps: readonly KeptMap[], look: Look, controller: Controller, reported = false): Promise<void> {
  const dialog = element("maps", HTMLDialogElement);
  const row = element("maps-row", HTMLDivElement);
  const cover = element("maps-cover", HTMLInputElement);
  const common = element("maps-common", HTMLInputElement);
  const panels = await Promise.all(maps.map((map) => makePanel(map, shareOfWidest(map, maps), look, controller)));
  const ended = new AbortController();
  const { signal } = ended;

  const draw = async (): Promise<void> => {
    const low = Math.min(...panels.map(({ scale }) => scale.low));
    const high = Math.max(...panels.map(({ scale }) => scale.high));
    try {
      await Promise.all(panels.map((panel) => panel.draw(cover.checked, common.checked ? { low, high } : panel.scale)));
    } catch (error) {
      // Nothing is drawn any more once the dialog is closed.
      if (!signal.aborted) controller.report(error);
    }
  };
  element("maps-report", HTMLButtonElement).hidden = !reported;
  cover.checked = true;
  common.checked = false;
  element("maps-common-field", HTMLLabelElement).hidden = panels.length < 2;
  element("maps-heading", HTMLHeadingElement).textContent = panels.length < 2 ? "Finished map" : `${panels.length} maps side by side`;
  for (const box of [cover, common]) box.addEventListener("change", draw, { signal });
  row.addEventListener("contextrestored", draw, { capture: true, signal });
  element("maps-close", HTMLButtonElement).addEventListener("click", () => dialog.close(), { signal });
  // Escape closes the dialog, and does not stop an explanation as well.
  dialog.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  dialog.addEventListener(
    "close",
    () => {
      ended.abort();
      row.replaceChildren();
      for (const { photo } of panels) photo.close();
    },
    { signal },
  );
  row.replaceChildren(...panels.map((panel) => panel.element));
  await draw();
  dialog.showModal();
}

/** How wide a map's part of the photo is beside the widest part of the same photo: side by side, the photo has one scale. */
function shareOfWidest({ head, body }: KeptMap, maps: readonly KeptMap[]): number {
  const { crop, photo } = body.explanation;
  const same = maps.filter(({ head: { photo: name }, body: { explanation: other } }) => {
    return name === head.photo && other.photo.width === photo.width && other.photo.height === photo.height;
  });
  return crop.width / Math.max(...same.map(({ body: { explanation: other } }) => other.crop.width));
}

async function makePanel({ head, body }: KeptMap, share: number, look: Look, controller: Controller): Promise<Panel> {
  const { explanation, outputs } = body;
  const { target, map, seconds } = explanation;
  const photo = await DecodedPhoto.open(body.view, head.photo);
  const whole = { left: 0, top: 0, ...photo.size };
  const view = await photo.whole(false);
  const canvas = make("canvas", { role: "img" });
  canvas.style.setProperty("--share", String(share));
  const [low, bar, high] = [make("span"), make("span", { className: "scale" }), make("span")];
  bar.style.background = gradientOf(look);
  // The picture is of what was kept of the photo: the part that the classifier saw.
  const part = {
    ...explanation,
    photo: photo.size,
    crop: whole,
  };
  const offer = (text: string, saveFile: () => void | Promise<void>) => {
    const button = make("button", { type: "button", ariaLabel: `Save ${text} of ${fullNameOf(head)}` }, `Save ${text}`);
    button.addEventListener("click", async () => {
      try {
        await saveFile();
      } catch (error) {
        controller.report(error);
      }
    });
    return button;
  };
  const facts: [string, string][] = [
    ["Photo", head.photo],
    ["Classifier", head.teacher],
    ...listFacts(explanation, outputs),
    ...listScores(head),
    ["Time", duration(seconds.total)],
    ["Made", new Date(head.date).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })],
  ];
  const panel = make(
    "section",
    {},
    make("h3", {}, nameOf(head)),
    make("div", { className: "maps-picture" }, canvas),
    make("p", { className: "legend" }, low, bar, high),
    make("p", {}, summarise(explanation)),
    make("dl", { className: "facts" }, ...facts.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)])),
    make(
      "div",
      { className: "actions" },
      offer("PNG", () => savePicture({ explanation: part, photo, outputs }, look)),
      offer(".npy", () => saveValues({ explanation, photo, outputs })),
      offer("JSON", () => saveReport({ explanation, photo, outputs })),
    ),
  );
  const where = describeWhere({ values: map, size: explanation });
  const draw = async (covered: boolean, scale: Scale): Promise<void> => {
    paint(canvas, covered ? await photo.overlay(map, explanation, { part: whole, size: photo.size, grey: false }, look, scale) : view);
    canvas.ariaLabel = covered
      ? `Map of the evidence for ${target.label}, over ${head.photo}. ${where}`
      : `${head.photo}, as the classifier saw it`;
    const ends = endsOf(scale, look);
    [low.textContent, high.textContent] = [shortNumber(ends.low), shortNumber(ends.high)];
  };
  return { photo, element: panel, scale: scaleOf(map, look), draw };
}
