/** How a <relabel-map> is to draw its map, as its attributes say. */
import { refuseOption } from "../engine/printable.ts";
import type { OverlayOptions } from "../explain/overlay.ts";

/** What decides on how a map is drawn alone. */
export const LOOKS = ["opacity", "signed"];

/** NaN where the attribute is no number. */
export function opacityOf(element: Element): number {
  return Number(element.getAttribute("opacity")?.trim() || 1);
}

/** An opacity that is no number stays what it is, for the error to name it. */
export function lookOf(element: Element): OverlayOptions {
  const opacity = opacityOf(element);
  const given = Number.isNaN(opacity) ? (element.getAttribute("opacity") as unknown as number) : opacity;
  return { opacity: given, signed: element.hasAttribute("signed") };
}

/** Whether a map can be drawn so. */
export function isLook({ opacity = 1 }: OverlayOptions): boolean {
  return opacity >= 0 && opacity <= 1;
}

/** Throws BAD_OPTION of a look that no map can be drawn with. */
export function refuseLook({ opacity }: OverlayOptions): never {
  refuseOption("opacity is", opacity, "Give a number from 0 to 1.");
}
