/** The top of the page: what computes, what is loading and what went wrong. */
import { type AdapterInfo, adapterName } from "../faces/all.ts";
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { megabytes } from "./format.ts";
import type { View } from "./state.ts";

function describeAdapter(adapter: AdapterInfo): string {
  const name = adapter.description || adapterName(adapter);
  return adapter.software ? `${name} (software adapter: times say nothing about a GPU)` : name;
}

/** The adapter, downloads and problems. */
export function mountHeader(controller: Controller): View {
  const adapter = element("adapter", HTMLParagraphElement);
  const loading = element("loading", HTMLProgressElement);
  const box = element("problem", HTMLElement);
  const message = element("problem-message", HTMLElement);
  const fix = element("problem-fix", HTMLSpanElement);
  const dismiss = element("problem-dismiss", HTMLButtonElement);
  /** Where the focus was before it came to the problem. */
  let former: HTMLElement | undefined;
  box.addEventListener("focusin", ({ relatedTarget }) => {
    if (relatedTarget instanceof HTMLElement && !box.contains(relatedTarget)) former = relatedTarget;
  });
  dismiss.addEventListener("click", () => {
    const focused = box.contains(document.activeElement);
    controller.report();
    if (focused) (former?.checkVisibility() ? former : element("file", HTMLInputElement)).focus();
  });
  const head = box.parentElement as HTMLElement;
  // A dialog covers the page: what goes wrong meanwhile is said in it. Its "close" does not bubble.
  document.addEventListener("close", () => head.append(box), { capture: true });

  return (state, before) => {
    const { engine, download } = state;
    if (engine !== before?.engine || download !== before?.download) {
      adapter.textContent = describe(state.engine, download);
      adapter.classList.toggle("software", engine.kind === "ready" && engine.adapter.software);
      loading.hidden = !download;
      if (download?.total) loading.value = download.loaded / download.total;
      else loading.removeAttribute("value");
    }
    if (engine !== before?.engine || state.problem !== before?.problem) {
      const problem = engine.kind === "failed" ? engine.problem : state.problem;
      if (problem) (document.querySelector("dialog[open]") ?? head).append(box);
      box.hidden = !problem;
      message.textContent = problem?.message ?? "";
      fix.textContent = problem?.fix ?? "";
      dismiss.hidden = engine.kind === "failed";
    }
  };
}

function describe(engine: Parameters<View>[0]["engine"], download: Parameters<View>[0]["download"]): string {
  const progress =
    download && `Loading ${download.file}: ${megabytes(download.loaded)}${download.total ? ` of ${megabytes(download.total)}` : ""}`;
  if (engine.kind === "failed") return "No adapter";
  if (engine.kind === "starting") return progress ?? "Starting the engine…";
  const ready = `${engine.teacher} on ${describeAdapter(engine.adapter)}`;
  return progress ? `${ready} · ${progress}` : ready;
}
