/** The table of a profile: where the GPU's time went, by kernel, layer or stage, with the WGSL behind each line. */
import { type Ceilings, kernelSource, type Profile, type ProfileFile } from "../../faces/all.ts";
import { make } from "../elements.ts";
import { capitalise, count, percent } from "../format.ts";
import { describeConstants, GROUPINGS, type Grouping, type Row, rowsOf, type Variant } from "./rows.ts";
import { coloursOf } from "./tracks.ts";

/** Lines that are shown at first; a profile may have hundreds of layers. */
const FIRST = 20;

/** The choice of how to group, and the table. */
export function makeTable({ otherData: { profile, about } }: ProfileFile): HTMLElement {
  const scroll = make("div", { className: "table-box", tabIndex: 0 });
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "GPU time");
  let all = false;
  const show = (grouping: Grouping) => scroll.replaceChildren(...makeRows(profile, about.ceilings, grouping, all, () => expand(grouping)));
  const expand = (grouping: Grouping) => {
    all = true;
    show(grouping);
  };
  const choices = (Object.keys(GROUPINGS) as Grouping[]).map((grouping, index) => {
    const choice = make("input", { type: "radio", name: "profile-grouping", value: grouping, checked: index === 0 });
    choice.addEventListener("change", () => {
      all = false;
      show(grouping);
    });
    return make("label", {}, choice, `By ${grouping}`);
  });
  show("kernel");
  return make(
    "div",
    {},
    make("fieldset", { className: "tools" }, make("legend", { className: "visually-hidden" }, "Group"), ...choices),
    scroll,
  );
}

function makeRows(profile: Profile, ceilings: Ceilings | undefined, grouping: Grouping, all: boolean, expand: () => void): HTMLElement[] {
  const rows = rowsOf(profile, grouping);
  const shown = all ? rows : rows.slice(0, FIRST);
  const colours = grouping === "kernel" ? coloursOf(profile) : undefined;
  const rest = rows.slice(shown.length);
  const time = profile.replayed ? "ms, replayed" : "ms";
  const rates = ceilings ? ["GFLOP/s", "Of ceiling", "GB/s", "Of copy"] : ["GFLOP/s", "GB/s"];
  const numbers = [capitalise(grouping), "Dispatches", time, "Share", ...rates];
  const heads = [...numbers, "Grid", "Constants"];
  const cells = heads.map((title, index) => make("th", { scope: "col", className: index < numbers.length ? "" : "words" }, title));
  const head = make("tr", {}, ...cells);
  const width = heads.length;
  const table = make(
    "table",
    {},
    make("thead", {}, head),
    make("tbody", {}, ...shown.flatMap((row) => makeRow(row, ceilings, colours?.get(row.total.name), width))),
    make("tfoot", {}, ...(rest.length > 0 ? [sumRow(`${count(rest.length)} more`, rest, width)] : []), sumRow("All", rows, width)),
  );
  if (rest.length === 0) return [table];
  const more = make("button", { type: "button" }, `Show all ${count(rows.length)}`);
  more.addEventListener("click", expand);
  return [table, more];
}

/** A line, and the one below it that a click opens. */
function makeRow({ total, grid, constants, variants }: Row, ceilings: Ceilings | undefined, colour: number | undefined, width: number) {
  const name = make("button", { type: "button", className: "name", title: "Show the WGSL" }, total.name);
  name.setAttribute("aria-expanded", "false");
  if (colour !== undefined) {
    const swatch = make("span", { className: "swatch" });
    swatch.style.setProperty("--hue", `var(--hue-${colour})`);
    name.prepend(swatch);
  }
  const of = (value: number, ceiling: number | undefined) => (ceiling === undefined ? [] : [percent(value / ceiling)]);
  const { dispatches, milliseconds, share, gflops, gigabytes } = total;
  const numbers = [
    ...[count(dispatches), milliseconds.toFixed(2), percent(share)],
    ...[gflops.toFixed(2), ...of(gflops, ceilings?.gflops), gigabytes.toFixed(2), ...of(gigabytes, ceilings?.gigabytes)],
  ];
  const cells = [
    ...numbers.map((text) => make("td", {}, text)),
    ...[grid, constants].map((text) => make("td", { className: "words" }, text)),
  ];
  const inside = make("td", { colSpan: width });
  const below = make("tr", { className: "below", hidden: true }, inside);
  name.addEventListener("click", () => {
    below.hidden = !below.hidden;
    name.setAttribute("aria-expanded", String(!below.hidden));
    if (inside.childElementCount === 0) inside.append(...variants.map((variant) => makeVariant(variant, variants.length === 1)));
  });
  return [make("tr", {}, make("th", { scope: "row" }, name), ...cells), below];
}

/** What ran, and its WGSL, which is loaded when it is opened. */
function makeVariant({ kernel, constants, total, grid }: Variant, open: boolean): HTMLElement {
  const own = Object.keys(constants).length > 0 ? `; ${describeConstants(constants)}` : "";
  const facts = `${count(total.dispatches)} dispatches, ${total.milliseconds.toFixed(2)} ms; grid ${grid}${own}`;
  const source = make("pre", { tabIndex: 0 }, "Loading…");
  source.setAttribute("aria-label", `WGSL of ${kernel}`);
  const details = make("details", {}, make("summary", {}, make("strong", {}, kernel), ` ${facts}`), source);
  details.addEventListener(
    "toggle",
    async () => {
      source.textContent = (await kernelSource(kernel, constants)) ?? "The source of this kernel is not part of the package.";
    },
    { once: true },
  );
  details.open = open;
  return details;
}

function sumRow(name: string, rows: readonly Row[], width: number): HTMLElement {
  const sum = (value: (row: Row) => number) => rows.reduce((total, row) => total + value(row), 0);
  const numbers = [
    count(sum(({ total }) => total.dispatches)),
    sum(({ total }) => total.milliseconds).toFixed(2),
    percent(sum(({ total }) => total.share)),
  ];
  const cells = [...numbers, ...Array.from({ length: width - 1 - numbers.length }, () => "")];
  return make("tr", {}, make("th", { scope: "row" }, name), ...cells.map((text) => make("td", {}, text)));
}
