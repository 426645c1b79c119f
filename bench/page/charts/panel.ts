/** The charts of a report on the page, as wide as it leaves them room. */
import { element, make } from "../../../src/page/elements.ts";
import { type BarChart, barCharts, racesOf, rooflineOf } from "../../report/chart-data.ts";
import type { Report, Row } from "../../report/report.ts";
import { drawBars, drawRaces, LONGEST_RATIO } from "./bars.ts";
import { drawRoofline } from "./roofline.ts";
import { type Series, seriesOf } from "./svg.ts";

/** A chart with its heading; the box scrolls where it is long. */
interface Figure {
  readonly element: HTMLElement;
  readonly box: HTMLDivElement;
}

const RACES = `Other libraries, times of relabel's; bars end at ${LONGEST_RATIO} x`;

function figure(heading: (string | Node)[]): Figure {
  const box = make("div", { className: "box", tabIndex: 0 });
  return { element: make("figure", { hidden: true }, make("figcaption", {}, ...heading), box), box };
}

/** A chart to draw in pixels of a width. */
export interface Drawable {
  readonly title: string;
  readonly draw: (width: number) => SVGSVGElement;
}

/** Draws anew whatever the report, the choice of bars or the width asks for. */
export class ChartPanel {
  readonly #choice = make("select", { ariaLabel: "Bars of" });
  readonly #roofline = figure(["Roofline"]);
  readonly #bars = figure(["Nearer ceiling ", this.#choice]);
  readonly #races = figure([RACES]);
  #report: Report | undefined;
  #series: Series = new Map();
  /** Name of the chart of bars that the reader chose, which may not have any yet. */
  #wanted: string | undefined;

  constructor() {
    const all = [this.#roofline, this.#bars, this.#races];
    element("charts", HTMLDivElement).append(...all.map((each) => each.element));
    this.#choice.addEventListener("input", () => {
      this.#wanted = this.#choice.value;
      this.#draw();
    });
    const widths = new ResizeObserver(() => this.#draw());
    for (const { box } of all) widths.observe(box);
  }

  /** Shows these rows of a report. Kinds have the colours that they have in the whole of it. */
  show(report: Report, rows: readonly Row[]): void {
    this.#report = { ...report, rows: [...rows] };
    this.#series = seriesIn(report.rows);
    this.#draw();
  }

  /** What is shown now, to be drawn elsewhere. */
  get shown(): Drawable[] {
    return this.#figures.flatMap(({ drawable }) => drawable ?? []);
  }

  get #figures(): { figure: Figure; drawable: Drawable | undefined }[] {
    const [report, series] = [this.#report, this.#series];
    if (!report) return [];
    const roof = rooflineOf(report);
    const bars = this.#chosen(barCharts(report));
    const races = racesOf(report);
    return [
      { figure: this.#roofline, drawable: roof && { title: "Roofline", draw: (width) => drawRoofline(roof, series, width) } },
      { figure: this.#bars, drawable: bars && { title: `${bars.title}: nearer ceiling`, draw: (width) => drawBars(bars, series, width) } },
      {
        figure: this.#races,
        drawable: races.length > 0 ? { title: RACES, draw: (width) => drawRaces(races, width, "relabel") } : undefined,
      },
    ];
  }

  /** The chart of bars that is chosen; otherwise the first of layers, or of whatever there is. */
  #chosen(charts: readonly BarChart[]): BarChart | undefined {
    const chosen = charts.find(({ name }) => name === this.#wanted) ?? charts.find(({ name }) => name !== "gemm") ?? charts[0];
    const names = charts.map(({ name }) => name).join();
    if (names !== [...this.#choice.options].map((option) => option.value).join())
      this.#choice.replaceChildren(...charts.map(({ name, title }) => make("option", { value: name }, title)));
    if (chosen) this.#choice.value = chosen.name;
    return chosen;
  }

  #draw(): void {
    for (const { figure, drawable } of this.#figures) {
      figure.element.hidden = !drawable;
      figure.box.ariaLabel = drawable?.title ?? "";
      const { clientWidth } = figure.box;
      if (drawable && clientWidth > 0) figure.box.replaceChildren(drawable.draw(clientWidth));
    }
  }
}

/** Colours nets apart from layers; of these, those that compute come first, since there are more kinds than colours. */
function seriesIn(rows: readonly Row[]): Series {
  const layers = rows.filter(({ suite }) => suite === "kernels");
  const nets = rows.filter(({ suite }) => suite === "nets");
  const [computing, others] = [layers.filter(({ flops }) => flops > 0), layers.filter(({ flops }) => flops === 0)];
  const groups = (of: readonly Row[]) => of.map(({ group }) => group);
  return new Map([...seriesOf(groups(nets)), ...seriesOf(groups([...computing, ...others]))]);
}
