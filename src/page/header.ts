import type { AdapterInfo } from "../index.ts";
import type { Controller } from "./controller.ts";
import { element } from "./elements.ts";
import { megabytes } from "./format.ts";
import type { View } from "./state.ts";

/** A name for people: the description if there is one, else vendor and architecture. */
function adapterName({ vendor, architecture, description, software }: AdapterInfo): string {
  const name = description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
  return software ? `${name} (software adapter: times say nothing about a GPU)` : name;
}

/** The adapter, downloads and problems. */
export function mountHeader(controller: Controller): View {
  const adapter = element("adapter", HTMLParagraphElement);
  const loading = element("loading", HTMLProgressElement);
  const box = element("problem", HTMLElement);
  const message = element("problem-message", HTMLElement);
  const fix = element("problem-fix", HTMLSpanElement);
  const dismiss = element("problem-dismiss", HTMLButtonElement);
  dismiss.addEventListener("click", () => controller.dismiss());

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
  const ready = `${engine.teacher} on ${adapterName(engine.adapter)}`;
  return progress ? `${ready} · ${progress}` : ready;
}
