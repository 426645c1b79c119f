/** Shows synthetic images by what the classifier makes of them: as sheets, and as points of a plane; what is chosen in one is chosen in all. */
import { type Outputs, place, SIDE } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { count, degree, percent, shortLabel } from "../format.ts";
import type { SyntheticImages } from "../judge/judged.ts";
import { svg } from "../svg.ts";

/** Images side by side on a sheet. */
const COLUMNS = 8;
/** How far from a point a press may be, in the plot's units. */
const REACH = 60;
/** Labels differ in shape as well as in colour. */
const SHAPES = { kept: "M-9 0a9 9 0 1 0 18 0a9 9 0 1 0 -18 0z", shifted: "M0 -12L12 0L0 12L-12 0z" } as const;

type Label = keyof typeof SHAPES;

/** The gallery. */
export function makeGallery(images: SyntheticImages, outputs: Outputs): HTMLElement {
  const { samples, kept, probabilities, names, thumbnails, thumbnailSize: size, points, target, described } = images;
  const all = Array.from({ length: samples }, (_, index) => index);
  const order = all.toSorted((a, b) => (probabilities[a] as number) - (probabilities[b] as number));
  const labelOf = (index: number): Label => (kept[index] ? "kept" : "shifted");
  const places = place(all.map((index) => ({ x: points[2 * index] as number, y: points[2 * index + 1] as number })));
  const name = shortLabel(target.label);
  const textOf = (index: number): string => {
    const probability = degree(probabilities[index] as number, outputs);
    const said = shortLabel(names[index] as string);
    return kept[index]
      ? `still ${name}, ${probability}`
      : said === name
        ? `no longer ${name}, ${probability}`
        : `now ${said}; ${name} ${probability}`;
  };

  const picture = make("canvas", { width: size, height: size, role: "img" });
  const caption = make("p", { className: "gallery-said" });
  const slider = make("input", { type: "range", min: "0", max: String(samples - 1), step: "1", id: "gallery-which" });
  const ring = svg("circle", { class: "gallery-ring", r: 24, cx: 0, cy: 0 });
  const dots = all.map((index) => {
    const { x, y } = places[index] as { x: number; y: number };
    return svg("path", { class: `gallery-${labelOf(index)}`, d: SHAPES[labelOf(index)], transform: `translate(${x} ${y})` });
  });
  const counts = { kept: kept.reduce((sum, value) => sum + value, 0), shifted: 0 };
  counts.shifted = samples - counts.kept;
  const plot = svg(
    "svg",
    {
      class: "gallery-plot",
      role: "img",
      "aria-label": `${samples} images in the plane: ${counts.kept} still ${name}, ${counts.shifted} shifted`,
      viewBox: `0 0 ${SIDE} ${SIDE}`,
    },
    ...dots,
    ring,
  );
  const imageOf = (index: number) => {
    const from = index * size * size * 4;
    return new ImageData(new Uint8ClampedArray(thumbnails.buffer, thumbnails.byteOffset + from, size * size * 4).slice(), size, size);
  };
  const choose = (index: number): void => {
    picture.getContext("2d")?.putImageData(imageOf(index), 0, 0);
    const { x, y } = places[index] as { x: number; y: number };
    for (const [attribute, value] of Object.entries({ cx: x, cy: y })) ring.setAttribute(attribute, String(value));
    slider.value = String(order.indexOf(index));
    slider.ariaValueText = picture.ariaLabel = caption.textContent = textOf(index);
    for (const sheet of sheets) sheet.mark(index);
  };
  const sheets = (["kept", "shifted"] as const).map((label) => {
    const shown = order.filter((index) => labelOf(index) === label).reverse();
    const said = `${count(shown.length)} images that are ${label === "kept" ? `still ${name}` : "of another class"}, the most probable first`;
    return makeSheet(shown, said, size, imageOf, choose);
  });
  plot.addEventListener("pointerdown", ({ clientX, clientY }) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(plot.getScreenCTM()?.inverse());
    const distances = places.map((point) => Math.hypot(point.x - x, point.y - y));
    const nearest = Math.min(...distances);
    if (nearest < REACH) choose(distances.indexOf(nearest));
  });
  const show = () => choose(order[slider.valueAsNumber] as number);
  slider.addEventListener("input", show);
  picture.addEventListener("contextrestored", show);
  const heads = [`Still ${name}: ${count(counts.kept)}`, `Another class: ${count(counts.shifted)}`];
  const element = make(
    "div",
    { className: "gallery" },
    make("div", { className: "gallery-one" }, picture, caption, make("label", {}, "From the least probable to the most ", slider)),
    make("figure", {}, plot, make("figcaption", {}, `Near points are alike in the ${described}. ${percent(images.shiftedShare)} shifted.`)),
    ...sheets.map(({ element: sheet }, at) => make("figure", {}, make("figcaption", {}, heads[at] as string), sheet)),
  );
  choose(order.at(-1) as number);
  return element;
}

/** A canvas with these images, row by row; a press chooses one. `said`: what they are. */
function makeSheet(
  shown: readonly number[],
  said: string,
  size: number,
  imageOf: (index: number) => ImageData,
  choose: (index: number) => void,
) {
  const rows = Math.max(1, Math.ceil(shown.length / COLUMNS));
  const canvas = make("canvas", { width: COLUMNS * size, height: rows * size, role: "img", ariaLabel: said });
  const context = canvas.getContext("2d");
  const corner = (at: number): [number, number] => [(at % COLUMNS) * size, Math.floor(at / COLUMNS) * size];
  let marked = -1;
  const draw = (at: number) => context?.putImageData(imageOf(shown[at] as number), ...corner(at));
  const drawAll = () => {
    for (const at of shown.keys()) draw(at);
  };
  drawAll();
  canvas.addEventListener("pointerdown", ({ offsetX, offsetY }) => {
    const side = canvas.clientWidth / COLUMNS;
    const at = Math.floor(offsetY / side) * COLUMNS + Math.min(COLUMNS - 1, Math.floor(offsetX / side));
    if (shown[at] !== undefined) choose(shown[at]);
  });
  const mark = (index: number): void => {
    if (marked >= 0) draw(marked);
    marked = shown.indexOf(index);
    if (marked < 0 || !context) return;
    const [x, y] = corner(marked);
    Object.assign(context, { strokeStyle: "#fff", lineWidth: 6 });
    context.strokeRect(x + 3, y + 3, size - 6, size - 6);
    Object.assign(context, { strokeStyle: "#000", lineWidth: 2 });
    context.strokeRect(x + 3, y + 3, size - 6, size - 6);
  };
  canvas.addEventListener("contextrestored", () => {
    drawAll();
    mark(shown[marked] ?? -1);
  });
  return { element: canvas, mark };
}
