/**
 * Defines the element <relabel-map>.
 *
 * @module relabel/element
 */

import { type ElementProgress, RelabelMapElement } from "../element/relabel-map.ts";
import type { EngineError } from "../engine/errors.ts";
import type { Explanation } from "../explain/explanation.ts";

export { type ElementProgress, RelabelMapElement } from "../element/relabel-map.ts";
export type { SessionRequest } from "../element/session-pool.ts";
export type { ElementState } from "../element/view.ts";

declare global {
  interface HTMLElementTagNameMap {
    "relabel-map": RelabelMapElement;
  }
  interface HTMLElementEventMap {
    "relabel-progress": CustomEvent<ElementProgress>;
    "relabel-result": CustomEvent<Explanation>;
    "relabel-error": CustomEvent<EngineError>;
  }
}

// On a server there is no registry; in a page that has two copies of this, the first one stays.
const registry = globalThis.customElements;
if (registry && !registry.get("relabel-map")) registry.define("relabel-map", RelabelMapElement);
