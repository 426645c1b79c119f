/** Says the map's value under the pointer, or under a cursor that keys move. */
import { element } from "../elements.ts";
import { lay } from "../picture.ts";
import type { State, View } from "../state.ts";
import { type Cell, cellAt, describeCell, placeOf } from "./reading.ts";

const MOVES: Record<string, readonly [right: number, down: number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
/** Values that a key goes on by with Shift. */
const LEAP = 10;
const HINT = "Point at the map to read its values, or go to it with Tab and use the arrow keys.";

/** The cursor, and the line below the picture that says what it is on. */
export function mountInspect(): View {
  const sheet = element("sheet", HTMLDivElement);
  const canvas = element("photo-canvas", HTMLCanvasElement);
  const probe = element("probe", HTMLDivElement);
  const reading = element("reading", HTMLParagraphElement);
  let now: Readonly<State> | undefined;
  /** Where the keys are. */
  let cell: Cell = { row: 0, column: 0 };

  const say = (at: Cell | undefined): void => {
    const { map } = now ?? {};
    reading.textContent = map && at ? describeCell(map, at) : HINT;
  };
  const go = (to: Cell): void => {
    const { map, photo } = now ?? {};
    if (!map || !photo) return;
    cell = { row: clamp(to.row, map.size.height), column: clamp(to.column, map.size.width) };
    lay(probe, placeOf(map, cell), photo.size);
    if (document.activeElement === probe) say(cell);
  };

  probe.tabIndex = 0;
  probe.addEventListener("focus", () => {
    // Heard only by whoever moves it by keys.
    reading.ariaLive = "polite";
    go(cell);
  });
  probe.addEventListener("blur", () => {
    reading.ariaLive = "off";
    say(undefined);
  });
  probe.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const step = event.shiftKey ? LEAP : 1;
    go({ row: cell.row + step * move[1], column: cell.column + step * move[0] });
  });
  sheet.addEventListener("pointermove", ({ clientX, clientY, buttons, pointerType }) => {
    const { map, photo } = now ?? {};
    // Whoever drags looks elsewhere; a finger drags always.
    if (!map || !photo || (buttons > 0 && pointerType !== "touch")) return;
    point(clientX, clientY);
  });
  sheet.addEventListener("pointerdown", ({ clientX, clientY }) => point(clientX, clientY));
  sheet.addEventListener("pointerleave", ({ pointerType }) => {
    // What a finger pointed at is read when it has left.
    if (pointerType !== "touch") say(document.activeElement === probe ? cell : undefined);
  });

  function point(x: number, y: number): void {
    const { map, photo } = now ?? {};
    if (!map || !photo) return;
    const box = canvas.getBoundingClientRect();
    const scale = photo.size.width / box.width;
    say(cellAt(map, (x - box.x) * scale, (y - box.y) * scale));
  }

  return (state, before) => {
    now = state;
    const { map, photo } = state;
    if (map === before?.map && photo === before?.photo) return;
    probe.hidden = reading.hidden = !map;
    if (!map) return;
    const { height, width } = map.size;
    const same = before?.map?.size;
    // Of a map that grows it stays; of another size it begins in the middle.
    go(same?.height === height && same.width === width ? cell : { row: Math.floor(height / 2), column: Math.floor(width / 2) });
    if (document.activeElement !== probe) say(undefined);
  };
}

const clamp = (index: number, length: number) => Math.min(Math.max(index, 0), length - 1);
