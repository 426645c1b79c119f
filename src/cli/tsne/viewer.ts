/** What happens on the page of `tsne` when its reader points, clicks or moves the slider. */

/** What the page's script is given; points in the order of the sheet. */
export interface ViewerData {
  columns: number;
  rows: number;
  points: readonly { label: "kept" | "shifted"; x: number; y: number; text: string }[];
  /** Points from the least probable to the most. */
  order: readonly number[];
}

/**
 * The page's script: it is written into the page as text, so it uses nothing from outside. The pointer shows the nearest image and a click
 * keeps it; the slider, which is a keyboard's way, goes through all of them by probability; labels can be hidden.
 */
export function view({ columns, rows, points, order }: ViewerData): void {
  const find = <T extends Element>(selector: string) => document.querySelector(selector) as T;
  const plot = find<SVGSVGElement>("#plot");
  const ring = find<SVGCircleElement>("#ring");
  const picture = find<HTMLElement>("#picture");
  const caption = find<HTMLElement>("#caption");
  const slider = find<HTMLInputElement>("#which");
  const reach = 30;
  let chosen = order.at(-1) as number;

  const show = (index: number) => {
    const { x, y, text } = points[index] as (typeof points)[number];
    const share = (at: number, count: number) => (count > 1 ? (100 * at) / (count - 1) : 0);
    picture.style.backgroundPosition = `${share(index % columns, columns)}% ${share(Math.floor(index / columns), rows)}%`;
    picture.setAttribute("aria-label", text);
    caption.textContent = text;
    ring.setAttribute("cx", String(x));
    ring.setAttribute("cy", String(y));
  };
  const choose = (index: number) => {
    chosen = index;
    slider.value = String(order.indexOf(index) + 1);
    slider.setAttribute("aria-valuetext", (points[index] as (typeof points)[number]).text);
    show(index);
  };
  const nearest = ({ clientX, clientY }: MouseEvent) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(plot.getScreenCTM()?.inverse());
    let best = { index: -1, distance: reach };
    points.forEach((point, index) => {
      const distance = Math.hypot(point.x - x, point.y - y);
      if (distance < best.distance && !plot.classList.contains(`no-${point.label}`)) best = { index, distance };
    });
    return best.index;
  };
  plot.addEventListener("pointermove", (event) => {
    const index = nearest(event);
    show(index < 0 ? chosen : index);
  });
  plot.addEventListener("pointerleave", () => show(chosen));
  plot.addEventListener("click", (event) => {
    const index = nearest(event);
    if (index >= 0) choose(index);
  });
  slider.addEventListener("input", () => choose(order[Number(slider.value) - 1] as number));
  for (const box of document.querySelectorAll<HTMLInputElement>("#legend input")) {
    box.addEventListener("change", () => plot.classList.toggle(`no-${box.value}`, !box.checked));
  }
  choose(chosen);
}
