/** Keeps the page's settings in its address, never the photo: a reload, the way back and a link that is sent lead to the same ones. */
import { METHODS, RESIZES, type Rectangle, TEACHERS, type TeacherDefinition } from "../faces/all.ts";
import { DIVERGING, SEQUENTIAL } from "../pictures/colormaps.ts";
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { holdingOf } from "./holding.ts";
import { type Look, USUAL_LOOK, VALUES } from "./stage/look.ts";
import { regionOn } from "./stage/region.ts";
import { FIRST, inputInUse, type State, type Store, type View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

type Control = HTMLInputElement | HTMLSelectElement;

/** Names in the address that are not ids of the form's controls. */
const [FILL, CLASS, CLASSIFIER, FIT, SQUARE, OPACITY] = ["fill", "class", "classifier", "fit", "square", "opacity"];
/** What of the look has a name of its own in the address, with what it may be. */
const LOOKS = { values: VALUES, sequential: Object.keys(SEQUENTIAL), diverging: Object.keys(DIVERGING) } as const;

/** The form of an explanation, as far as it can be set: its controls by their ids, without those of other methods. */
class Settings {
  readonly #form = element("explain-form", HTMLFormElement);
  readonly #usual = new Map<string, string>();

  constructor() {
    for (const control of this.#controls()) this.#usual.set(control.id, control.value);
    // Fields of other methods than the first are made when these are chosen.
    for (const { name, parameters } of METHODS)
      for (const [parameter, { value }] of Object.entries(parameters)) this.#usual.set(`${name}-${parameter}`, String(value));
    this.#usual.set(FILL, this.#fill);
  }

  #controls(): Control[] {
    return [...this.#form.querySelectorAll<Control>("input[id], select[id]")].filter(({ type }) => type !== "checkbox");
  }

  get #boxes(): HTMLInputElement[] {
    return [...this.#form.querySelectorAll<HTMLInputElement>("#fills input")];
  }

  get #fill(): string {
    return this.#boxes
      .filter(({ checked }) => checked)
      .map(({ value }) => value)
      .join(",");
  }

  /** Calls `listener` whenever the user changes one. */
  listen(listener: () => void): void {
    for (const type of ["input", "change"]) this.#form.addEventListener(type, listener);
  }

  /** Those that are not as usual. */
  write(into: URLSearchParams): void {
    // The whole form is hidden while a photo is classified.
    const shown = this.#controls().filter((control) => !this.#form.contains(control.closest("[hidden]")));
    const pairs = [...shown.map(({ id, value }) => [id, value] as const), [FILL, this.#fill] as const];
    for (const [name, value] of pairs) if (value !== this.#usual.get(name)) into.set(name, value);
  }

  /** Sets all: what the address does not name becomes usual, and what it may not be stays so. */
  read(from: URLSearchParams): void {
    // The method first: its fields appear then.
    this.#set(element("method", HTMLSelectElement), from);
    for (const control of this.#controls()) this.#set(control, from);
    const fills = (from.get(FILL) ?? this.#usual.get(FILL) ?? "").split(",");
    for (const box of this.#boxes) box.checked = fills.includes(box.value);
  }

  #set(control: Control, from: URLSearchParams): void {
    const usual = this.#usual.get(control.id) ?? "";
    const wanted = from.get(control.id) ?? usual;
    const possible = !(control instanceof HTMLSelectElement) || [...control.options].some(({ value }) => value === wanted);
    if (control.value === (possible ? wanted : usual)) return;
    control.value = possible ? wanted : usual;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function writeLook(look: Look, into: URLSearchParams): void {
  for (const name of Object.keys(LOOKS) as (keyof typeof LOOKS)[]) if (look[name] !== USUAL_LOOK[name]) into.set(name, look[name]);
  if (look.opacity !== USUAL_LOOK.opacity) into.set(OPACITY, String(look.opacity));
}

function readLook(from: URLSearchParams): Look {
  const named = Object.entries(LOOKS).flatMap(([name, known]) => {
    const value = from.get(name);
    return value !== null && (known as readonly string[]).includes(value) ? [[name, value]] : [];
  });
  const opacity = Number(from.get(OPACITY) || Number.NaN);
  return { ...USUAL_LOOK, ...Object.fromEntries(named), ...(opacity >= 0 && opacity <= 1 ? { opacity } : {}) };
}

/** Left, top and width of the classifier's square, in whole pixels of a photo that the address does not know. */
type Square = Omit<Rectangle, "height">;

const squareText = (square: Square | undefined) => square && [square.left, square.top, square.width].join(",");

function readSquare(from: URLSearchParams): Square | undefined {
  const [, left, top, width] = /^(\d+),(\d+),(\d+)$/.exec(from.get(SQUARE) ?? "") ?? [];
  return width === undefined ? undefined : { left: Number(left), top: Number(top), width: Number(width) };
}

/** Milliseconds without another move until the square is written: browsers refuse addresses that change with each of a key that is held. */
const STILL = 300;

/**
 * Writes settings behind the # of the address, which no server sees, as they change; an explanation makes an entry of the browser's history, to which
 * the way back leads. Reads them once the first classifier is there, since it has the layers that some of them name.
 */
export function mountAddress(store: Store, controller: Controller, teachers: Teachers): View {
  const settings = new Settings();
  /** Whether the entry of the history is that of an explanation, which the next change leaves as it is. */
  let explained = false;
  let ready = false;
  let reading = false;
  /** A class and a square of the address that wait for a photo, and a classifier that may turn out to be in this browser. */
  let awaited: number | undefined;
  let square: Square | undefined;
  let wanted: TeacherDefinition | undefined;

  /** Writes the square that has moved. */
  let pending: ReturnType<typeof setTimeout> | undefined;

  const settle = (): void => {
    clearTimeout(pending);
    pending = undefined;
  };
  const write = (): void => {
    if (!ready || reading) return;
    settle();
    const { look, fit, region = square, target, top5, chosen } = store.state;
    const params = new URLSearchParams();
    if (chosen !== FIRST.name && TEACHERS.some(({ name }) => name === chosen)) params.set(CLASSIFIER, chosen);
    settings.write(params);
    const other = target && target.index !== top5?.[0]?.index ? target.index : awaited;
    if (other !== undefined) params.set(CLASS, String(other));
    if (fit) params.set(FIT, fit);
    const placed = squareText(region);
    if (placed) params.set(SQUARE, placed);
    writeLook(look, params);
    // Commas stay as they are, which is easier to read.
    const address = `${location.pathname}${location.search}${params.size > 0 ? `#${params}` : ""}`.replaceAll("%2C", ",");
    if (address === `${location.pathname}${location.search}${location.hash}`) return;
    history[explained ? "pushState" : "replaceState"](null, "", address);
    explained = false;
  };
  const writeLater = (): void => {
    if (reading) return;
    settle();
    pending = setTimeout(write, STILL);
  };
  const read = (): void => {
    const params = new URLSearchParams(location.hash.slice(1));
    settle();
    reading = true;
    settings.read(params);
    store.set({ look: readLook(params) });
    const fit = RESIZES.find((resize) => resize === params.get(FIT));
    square = readSquare(params);
    const framing = { fit, region: takeSquare(store.state) };
    if (fit !== store.state.fit || squareText(framing.region) !== squareText(store.state.region)) void controller.frame(framing);
    const teacher = TEACHERS.find(({ name }) => name === (params.get(CLASSIFIER) ?? FIRST.name));
    wanted = teacher?.name === store.state.chosen ? undefined : teacher;
    if (wanted) teachers.choose(wanted.name);
    useWanted(store.state);
    awaited = /^\d+$/.test(params.get(CLASS) ?? "") ? Number(params.get(CLASS)) : undefined;
    chooseAwaited(store.state);
    reading = false;
  };
  /** What is not here is not downloaded before somebody asks for it. */
  const useWanted = (state: Readonly<State>): void => {
    if (!wanted || !holdingOf(wanted, state).ready) return;
    wanted = undefined;
    void teachers.use();
  };
  /** The square of the address, if it lies on the photo on show; without a photo it goes on waiting. */
  const takeSquare = ({ photo, engine }: Readonly<State>): Rectangle | undefined => {
    const region = photo && square && regionOn(photo.size, inputInUse({ engine }), square);
    if (photo) square = undefined;
    return region;
  };
  const chooseAwaited = ({ engine, top5, probabilities, target }: Readonly<State>): void => {
    if (engine.kind !== "ready" || !top5 || !probabilities) return;
    const index = awaited ?? top5[0]?.index;
    awaited = undefined;
    const label = index === undefined ? undefined : engine.labels[index];
    if (index === undefined || label === undefined || index === target?.index) return;
    controller.choose({ index, label, probability: probabilities[index] as number });
  };

  settings.listen(write);
  addEventListener("popstate", () => {
    read();
    explained = true;
  });
  return (state, before) => {
    if (state.engine.kind === "ready" && !ready) {
      ready = true;
      read();
    }
    if (before && state.stored !== before.stored) useWanted(state);
    if (state.chosen !== wanted?.name) wanted = undefined;
    if (awaited !== undefined && state.top5 && state.top5 !== before?.top5) chooseAwaited(state);
    if (square && state.photo) store.set({ region: takeSquare(state) });
    if (state.run && !before?.run && !state.run.profiling) {
      if (pending !== undefined) write();
      explained = true;
    }
    const changed = !before || (["look", "fit", "target", "chosen"] as const).some((part) => state[part] !== before[part]);
    // Each move brings another verdict.
    if (state.region !== before?.region || (changed && pending !== undefined)) writeLater();
    else if (changed) write();
  };
}
