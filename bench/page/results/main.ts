/** Entry point of the page that shows results of many adapters side by side. */
import { element } from "../../../src/page/elements.ts";
import { describeProblem, PageError } from "../../../src/page/problem.ts";
import { entriesOf } from "../../report/side-by-side.ts";
import { mountFiles, readReport } from "../report-files.ts";
import { readView, writeView } from "./address.ts";
import { SourceList } from "./list.ts";
import { listKept, listSentIn, opened, type Source } from "./sources.ts";
import { SideBySide } from "./view.ts";

/** So many of those that were sent in are shown at first. */
const AT_FIRST = 6;

const given = readView(new URLSearchParams(location.search));
/** Ids of the runs that are shown; undefined while nobody has chosen. */
let chosen = given.runs;
let sources: Source[] = [];
/** Counts drawings: while runs are opened for one, another may begin. */
let latest = 0;

const view = new SideBySide(given, keepAddress);
const list = new SourceList((ids) => {
  chosen = ids;
  keepAddress();
  draw().catch(complain);
});

function keepAddress(): void {
  const query = writeView({ runs: chosen, filter: view.filter, orders: view.orders });
  history.replaceState(undefined, "", `${location.pathname}${query && `?${query}`}`);
}

function complain(error: unknown): void {
  const { message, fix } = describeProblem(error);
  element("problem", HTMLParagraphElement).textContent = `${message} ${fix}`;
}

function shownIds(): Set<string> {
  const first = sources.filter(({ from }) => from === "sent in").slice(0, AT_FIRST);
  return new Set(chosen ?? first.map(({ head }) => head.id));
}

/** Opens what is chosen, and shows it. */
async function draw(): Promise<void> {
  const mine = ++latest;
  const ids = shownIds();
  const reports = await Promise.all(
    sources
      .filter(({ head }) => ids.has(head.id))
      .map(async ({ head: { id }, open }) => {
        const report = await open();
        return report ? [{ id, report }] : [];
      }),
  );
  if (mine === latest) view.show(entriesOf(reports.flat()));
}

/** Takes files as further results; one that is wrong keeps no other out. */
async function openFiles(files: readonly File[]): Promise<void> {
  element("problem", HTMLParagraphElement).textContent = "";
  for (const file of files) {
    try {
      const source = opened(readReport(await file.text(), file.name), file.name);
      sources = [source, ...sources.filter(({ head }) => head.id !== source.head.id)];
      chosen = [...shownIds().add(source.head.id)];
    } catch (error) {
      complain(error);
    }
  }
  list.show(sources, shownIds());
  keepAddress();
  await draw();
}

/** Shows what the address asks for, or what was sent in. */
async function start(): Promise<void> {
  const found = [...(await listSentIn(complain)), ...(await listKept())];
  // Files may have been opened meanwhile.
  sources = [...sources, ...found.filter(({ head }) => !sources.some((source) => source.head.id === head.id))];
  const missing = (chosen ?? []).filter((id) => !sources.some(({ head }) => head.id === id));
  if (missing.length > 0) {
    complain(
      new PageError(
        `The address names ${missing.join(" and ")}, which this browser does not have.`,
        "Open the file of that run, or check other results.",
      ),
    );
  }
  list.show(sources, shownIds());
  await draw();
}

mountFiles(openFiles, complain);
// With await at the top level here, the bundler would split all pages into many more files.
start().catch(complain);
