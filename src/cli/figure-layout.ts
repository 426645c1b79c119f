/** How large the parts of an explanation's figure are. */
import type { Size } from "../faces/all.ts";

/** Longer sides, in pixels, between which a photo has its own size in the figure; smaller and larger ones are scaled. */
export const [LEAST_SIDE, MOST_SIDE] = [224, 4096];
/** The longest that can be asked for: as PNG of 100 megapixels. */
export const LONGEST_SIDE = 16384;
/** Pixels of text and margins, for photos up to this longer side, and this square root of their area. */
const [USUAL_SIDE, USUAL_EXTENT] = [1400, 900];
/** Around text and photo, and what text needs inside of them, in units. */
export const MARGIN = 16;
const NARROWEST = 320;

export interface Layout {
  /** Of the photo in the figure. */
  readonly shown: Size;
  /** Pixels of what would be one pixel in a small figure, so that text and lines are legible when a large one is seen as a whole. */
  readonly unit: number;
  /** Of the figure, and of what stands above and below the photo. */
  readonly width: number;
  readonly text: number;
}

/** Sizes of a figure, in pixels. `longer`: of the photo's longer side, where that is asked for. */
export function layOut({ width, height }: Size, longer?: number): Layout {
  const own = Math.max(width, height);
  const scale = (longer ?? Math.min(MOST_SIDE, Math.max(LEAST_SIDE, own))) / own;
  const shown = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const extent = Math.sqrt(shown.width * shown.height);
  const unit = Math.max(1, extent / USUAL_EXTENT, Math.max(shown.width, shown.height) / USUAL_SIDE);
  const inside = Math.max(shown.width, Math.ceil(NARROWEST * unit));
  return { shown, unit, width: inside + 2 * Math.round(MARGIN * unit), text: inside };
}
