/** Has the built page kept in the browser, and says where a newer build has come. */
import { element } from "./elements.ts";
import type { View } from "./state.ts";

/** Starts the page's service worker once the engine has started: by then the weights are here, and are not downloaded twice. */
export function mountOffline(): View {
  const newer = element("newer", HTMLParagraphElement);
  element("reload", HTMLButtonElement).addEventListener("click", () => location.reload());
  return ({ engine }, before) => {
    if (engine.kind === "starting" || (before && before.engine.kind !== "starting")) return;
    keepOffline(() => {
      newer.hidden = false;
    });
  };
}

/**
 * Starts the service worker that the page names in `<meta name="service-worker">`; a page that is served from its sources names none. `onNewer`
 * hears where a newer build has taken the place of the one that is open.
 */
async function keepOffline(onNewer: () => void): Promise<void> {
  const address = document.querySelector<HTMLMetaElement>("meta[name=service-worker]")?.content;
  if (address === undefined || !("serviceWorker" in navigator)) return;
  const { serviceWorker } = navigator;
  // The first one takes the place of none.
  let taken = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    if (taken) onNewer();
    taken = true;
  });
  // A private window may keep nothing: the page works without.
  await serviceWorker.register(new URL(address, document.baseURI).href).catch(() => undefined);
}
