/** The photos of a report with all their maps: a table on a page, and the pages of many. */
import { escapeUTF8 as escapeHtml } from "entities";
import type { TableRow } from "../../../faces/all.ts";
import { percent } from "../../progress.ts";
import type { PhotoFacts } from "../sheet.ts";
import { decimal } from "../tables.ts";
import { frame, pagers, picture, type Report, wideTable } from "./frame.ts";

/** Photos of a page. */
const PER_PAGE = 100;

/** A group of photos under a head, if it has any. */
interface Group {
  readonly head?: string;
  readonly photos: readonly { readonly facts: PhotoFacts; readonly anchor?: string }[];
}

/** `inside`: of a page in the folder `report`. */
export function photoTable(report: Report, groups: readonly Group[], inside: boolean): string {
  const { rows } = report.table;
  return wideTable({
    ...{ label: "Photos and their maps", name: "maps", grouped: true },
    caption: `Under each map: ${report.metric.measures.map(({ title }) => title).join(", ")}.`,
    head: ["photo", ...rows.map(({ title }) => title)],
    rows: groups.map(({ head, photos }) => {
      const title =
        head === undefined ? "" : `<tr><th scope="rowgroup" colspan="${rows.length + 1}"><span>${escapeHtml(head)}</span></th></tr>\n`;
      return `<tbody>\n${title}${photos.map(({ facts, anchor }) => photoRow(report, facts, { inside, anchor, named: head === undefined })).join("\n")}\n</tbody>`;
    }),
  });
}

interface RowPlace {
  readonly inside: boolean;
  readonly anchor?: string | undefined;
  /** Whether the row says what the photo is of. */
  readonly named: boolean;
}

function photoRow({ table, sheet, metric }: Report, photo: PhotoFacts, { inside, anchor, named }: RowPlace): string {
  const { name, target, image, explained, maps, pictures, place } = photo;
  const { original, blurred, blank } = photo.ends ?? {};
  const share = (name: string, value: number | undefined) => (value === undefined ? [] : [`${name} ${percent(value)}`]);
  const bounds = [...share("whole", original), ...share("blurred", blurred), ...share("blank", blank)].join(", ");
  const cell = (row: TableRow) => {
    const reason = explained.find(({ name }) => name === row.name)?.degenerate;
    if (!maps.includes(row.name)) return `<td class="none">${escapeHtml(reason ?? "not measured")}</td>`;
    const numbers = metric.measures.map((measure) => decimal(sheet.tabulation.number(row.name, measure.name, place))).join(" ");
    return `<td>${picture(pictures[row.name], `${row.title} of ${name}`, inside)}${numbers}</td>`;
  };
  const lines = (named ? [image, `${target.label} (${target.index})`] : [name]).map(escapeHtml);
  const head = `${picture(pictures.photo, name, inside)}${lines.join("<br>")}<br><small>${bounds}</small>`;
  return `<tr${anchor === undefined ? "" : ` id="${anchor}"`}><th scope="row">${head}</th>${table.rows.map(cell).join("")}</tr>`;
}

/** Which page has which photos: class by class, and within a class in the order of the run. */
export class PhotoPages {
  /** Places of the photos, in the order of the pages. */
  readonly #order: Uint32Array;
  /** The other way round. */
  readonly #positions: Uint32Array;

  constructor(private readonly report: Report) {
    const { classes, scored } = report.sheet;
    this.#order = Uint32Array.from({ length: scored }, (_, place) => place).sort((a, b) => classes.get(a) - classes.get(b) || a - b);
    this.#positions = new Uint32Array(scored);
    for (const [position, place] of this.#order.entries()) this.#positions[place] = position;
  }

  get pages(): number {
    return Math.ceil(this.#order.length / PER_PAGE);
  }

  /** Of a page, from 1 on, in the folder `report`. */
  static address(page: number): string {
    return `photos-${String(page).padStart(4, "0")}.html`;
  }

  /** Of the photo at a place, in the folder `report`. */
  addressOf(place: number): string {
    return `${PhotoPages.address(this.#pageOf(place))}#${anchorOf(place)}`;
  }

  #pageOf(place: number): number {
    return Math.floor((this.#positions[place] as number) / PER_PAGE) + 1;
  }

  #placesOf(page: number): number[] {
    return [...this.#order.subarray((page - 1) * PER_PAGE, page * PER_PAGE)];
  }

  /** The classes that begin and end a page. */
  describe(page: number): string {
    const { classes, labels } = this.report.sheet;
    const places = this.#placesOf(page);
    const [first, last] = [places[0], places.at(-1)].map((place) => labels.get(classes.get(place as number)) as string);
    return first === last ? `${first}` : `${first} to ${last}`;
  }

  async draw(page: number): Promise<string> {
    const { sheet } = this.report;
    const groups: { head: string; photos: { facts: PhotoFacts; anchor: string }[] }[] = [];
    let shown: number | undefined;
    for (const place of this.#placesOf(page)) {
      const facts = await sheet.facts(place);
      if (facts.target.index !== shown) groups.push({ head: `${facts.target.label} (${facts.target.index})`, photos: [] });
      shown = facts.target.index;
      groups.at(-1)?.photos.push({ facts, anchor: anchorOf(place) });
    }
    const [first, last] = [(page - 1) * PER_PAGE + 1, Math.min(page * PER_PAGE, sheet.scored)].map((at) => at.toLocaleString("en"));
    const title = `Photos ${first} to ${last} of ${sheet.scored.toLocaleString("en")}`;
    const [head, foot] = pagers(page, this.pages, PhotoPages.address);
    return frame(title, [head, photoTable(this.report, groups, true), foot]);
  }
}

function anchorOf(place: number): string {
  return `photo-${place + 1}`;
}
