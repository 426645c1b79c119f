/** The part of the page that lists finished maps, under the picture. */
import { type Explanation, findMethod } from "../../faces/all.ts";
import type { Controller } from "../controller.ts";
import { element, make } from "../elements.ts";
import { megabytes, shortLabel } from "../format.ts";
import { judgedOf } from "../judge/judged.ts";
import { type Look, USUAL_LOOK } from "../stage/look.ts";
import type { View } from "../state.ts";
import { describeWork, fullNameOf, type KeptHead, type KeptMap, keptMapOf, scored } from "./kept-map.ts";
import type { KeptMaps } from "./kept-maps.ts";

/** The most maps side by side. */
const MOST = 4;

/** Keeps every map that is finished; each is a card that shows it large again, and can be deleted. */
export function mountStrip(controller: Controller, kept: KeptMaps): View {
  const section = element("strip", HTMLElement);
  const file = element("file", HTMLInputElement);
  const size = element("strip-size", HTMLParagraphElement);
  const list = element("strip-list", HTMLUListElement);
  const together = element("strip-together", HTMLButtonElement);
  const cards = new Map<string, Card>();
  let look: Look = USUAL_LOOK;

  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      controller.report(error);
    }
  };
  const open = async (heads: readonly KeptHead[]): Promise<void> => {
    const { showMaps } = await import("./maps-view.ts");
    await showMaps(await Promise.all(heads.map((head) => kept.open(head))), look, controller);
  };
  const remove = async (id: string): Promise<void> => {
    await kept.delete(id);
    // The button is gone with its card.
    (list.querySelector("button") ?? file).focus();
  };
  /** In the order in which they were made. */
  const chosen = () => [...cards.values()].filter(({ box }) => box.checked).sort((a, b) => a.head.id.localeCompare(b.head.id));
  const relate = (): void => {
    const { length } = chosen();
    together.disabled = length < 2;
    together.textContent = length < 2 ? "Side by side" : `${length} side by side`;
    for (const { box } of cards.values()) box.disabled = length === MOST && !box.checked;
  };
  const makeCard = (head: KeptHead): Card => {
    const card = cardOf(head, { open: () => attempt(() => open([head])), remove: () => attempt(() => remove(head.id)), choose: relate });
    cards.set(head.id, card);
    return card;
  };
  const show = async (): Promise<void> => {
    const heads = await kept.list();
    section.hidden = heads.length === 0;
    size.textContent = `${megabytes(heads.reduce((sum, { bytes }) => sum + bytes, 0))}, the newest first`;
    const ids = new Set(heads.map(({ id }) => id));
    for (const [id, card] of [...cards].filter(([known]) => !ids.has(known))) {
      cards.delete(id);
      card.element.remove();
    }
    // What stays is not moved, which would lose the focus.
    heads.forEach((head, index) => {
      const known = cards.get(head.id);
      if (known && Boolean(known.head.scores) !== Boolean(head.scores)) known.element.replaceWith(makeCard(head).element);
      const [card, here = null] = [cards.get(head.id) ?? makeCard(head), list.children[index]];
      if (card.element !== here) list.insertBefore(card.element, here);
    });
    relate();
  };

  together.addEventListener("click", () => attempt(() => open(chosen().map(({ head }) => head))));
  const clear = element("strip-clear", HTMLButtonElement);
  // Maps that took minutes are not lost by a slip: a second press deletes them.
  const ask = (sure: boolean): void => {
    clear.dataset.sure = String(sure);
    clear.textContent = sure ? `Delete ${cards.size} ${cards.size === 1 ? "map" : "maps"} for good` : "Delete all";
  };
  clear.addEventListener("click", () =>
    attempt(async () => {
      if (clear.dataset.sure !== "true") return ask(true);
      await kept.clear();
      file.focus();
    }),
  );
  clear.addEventListener("blur", () => ask(false));
  kept.listen(() => attempt(show));

  /** The explanation that was kept last, and what is kept of it: its scores come later. */
  let last: { explanation: Explanation; map: KeptMap | undefined } | undefined;

  return (state, before) => {
    look = state.look;
    const { explanation } = state;
    const scores = judgedOf(state)?.scores;
    if (explanation && explanation !== before?.explanation) {
      kept.keeping = attempt(async () => {
        const map = await keptMapOf(state);
        last = { explanation, map };
        if (map) await kept.keep(map);
        list.scrollLeft = 0;
      });
    } else if (scores && scores !== (before && judgedOf(before)?.scores)) {
      kept.keeping = kept.keeping.then(() =>
        attempt(async () => {
          if (!last?.map || last.explanation !== explanation) return;
          const { id } = last.map.head;
          // What was deleted meanwhile stays so.
          if ((await kept.list()).some((head) => head.id === id)) await kept.keep(scored(last.map, scores));
        }),
      );
    }
  };
}

/** "Deletion 0.21, insertion 0.85". */
function describeScores({ deletion, insertion }: NonNullable<KeptHead["scores"]>): string {
  return `Deletion ${deletion.own.toFixed(2)}, insertion ${insertion.own.toFixed(2)}`;
}

interface Deeds {
  open(): void;
  remove(): void;
  choose(): void;
}

interface Card {
  readonly head: KeptHead;
  readonly element: HTMLLIElement;
  /** Chooses it to be shown with others. */
  readonly box: HTMLInputElement;
}

function cardOf(head: KeptHead, { open, remove, choose }: Deeds): Card {
  const { teacher, method, label } = head;
  const name = fullNameOf(head);
  const canvas = make("canvas", { width: 1, height: 1 });
  const large = make(
    "button",
    { type: "button", className: "kept", title: name },
    canvas,
    make("strong", {}, shortLabel(label)),
    ...[findMethod(method).title, teacher, describeWork(head), ...(head.scores ? [describeScores(head.scores)] : [])].map((text) =>
      make("span", {}, text),
    ),
  );
  large.addEventListener("click", open);
  const button = make("button", { type: "button", className: "quiet", ariaLabel: `Delete ${name}` }, "Delete");
  button.addEventListener("click", remove);
  const paint = () => paintThumb(canvas, head.thumb);
  canvas.addEventListener("contextrestored", paint);
  paint();
  const box = make("input", { type: "checkbox", ariaLabel: `Choose ${name}` });
  box.addEventListener("change", choose);
  const actions = make("div", { className: "kept-actions" }, make("label", {}, box, "Choose"), button);
  return { head, box, element: make("li", {}, large, actions) };
}

/** The card shows its text alone where the browser has lost the picture. */
async function paintThumb(canvas: HTMLCanvasElement, thumb: Blob): Promise<void> {
  const bitmap = await createImageBitmap(thumb).catch(() => undefined);
  if (!bitmap) return;
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
}
