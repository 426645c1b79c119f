/** The figure of one explanation: the whole photo with the map over what the classifier sees of it, a colour bar, class and probability. */
import { basename } from "node:path";
import sharp from "sharp";
import { type Explanation, findMethod, type Photo } from "../faces/all.ts";
import { forLine } from "./escape.ts";
import { layOut, MARGIN } from "./figure-layout.ts";
import { drawFrame, paintMap, resizePhoto } from "./paint.ts";
import { cropIn, isWhole, type Place } from "./photo-place.ts";
import { percent } from "./progress.ts";
import { type Colours, shade } from "./shading.ts";
import { box, colourBar, FAINT, PAPER, text, typeset } from "./typeset.ts";

/** Below this width of a bar there is room for fewer numbers. */
const WIDE = 520;
/** Pixels of the classifier's part of the photo, a side, below which a map over it shows nothing. */
const LEAST_CROP = 32;

export interface OverlayRequest {
  /** Path of the photo. */
  readonly image: string;
  readonly photo: Photo;
  readonly place: Place;
  readonly colours: Colours;
  /** Longer side of the photo in the figure, in pixels; without it the photo's own. */
  readonly overlaySize: number | undefined;
}

/** As PNG. `map` is that of the explanation. */
export async function drawOverlay(explanation: Explanation, map: Float32Array, request: OverlayRequest): Promise<Uint8Array> {
  const { colours, overlaySize } = request;
  const { photo, place, seen } = viewOf(explanation, request);
  const layout = layOut(photo, overlaySize);
  const { shown, unit, width } = layout;
  const shading = shade(map, colours);
  const picture = await resizePhoto(photo, shown);
  const at = cropIn(place, shown);
  paintMap(picture, { values: map, width: explanation.width, height: explanation.height, shading }, at);
  if (!isWhole(place)) drawFrame(picture, at, Math.max(1, Math.round(1.5 * unit)));

  const ticks = layout.text >= WIDE * unit ? 5 : 3;
  const parts = [
    await typeset({ padding: MARGIN * unit }, width, ...heading(explanation, request.image, unit)),
    await typeset(
      { padding: MARGIN * unit, paddingTop: MARGIN * unit * 0.5 },
      width,
      colourBar(shading, { width: layout.text, ticks, unit }),
      ...caption(explanation, colours, seen, unit),
    ),
  ].map((svg) => sharp(svg, { unlimited: true }).png().toBuffer({ resolveWithObject: true }));
  const [above, below] = (await Promise.all(parts)) as [Awaited<(typeof parts)[0]>, Awaited<(typeof parts)[0]>];
  const height = above.info.height + shown.height + below.info.height;
  return sharp({ create: { width, height, channels: 3, background: PAPER } })
    .composite([
      { input: above.data, left: 0, top: 0 },
      {
        input: picture.data,
        raw: { ...shown, channels: 3 },
        left: Math.round((width - shown.width) / 2),
        top: above.info.height,
      },
      { input: below.data, left: 0, top: above.info.height + shown.height },
    ])
    .removeAlpha()
    .png()
    .toBuffer();
}

function heading({ target, top5: [first], method, teacher }: Explanation, image: string, unit: number) {
  const line = { fontSize: 12 * unit, color: FAINT, marginTop: 3 * unit };
  const other =
    first && first.index !== target.index ? [text(line, `First choice: ${forLine(first.label)}, ${percent(first.probability)}`)] : [];
  return [
    box(
      { justifyContent: "space-between", alignItems: "baseline", fontSize: 20 * unit, fontWeight: 600, gap: 12 * unit },
      text({ flexShrink: 1 }, forLine(target.label)),
      text({ flexShrink: 0 }, percent(target.probability)),
    ),
    ...other,
    text(line, [forLine(basename(image)), findMethod(method).title, teacher].join(" · ")),
  ];
}

/** What is shown: the whole photo, or the classifier's part of it where that would be too narrow to show a map. */
function viewOf({ input, width, height }: Explanation, { photo, place, overlaySize }: OverlayRequest) {
  if (isWhole(place)) return { photo, place, seen: "The classifier sees the whole photo." };
  const at = cropIn(place, layOut(photo, overlaySize).shown);
  if (Math.min(at.width, at.height) >= LEAST_CROP) return { photo, place, seen: "Framed: what the classifier sees." };
  const own = { width, height };
  const seen = `Shown is only what the classifier sees of the photo's ${photo.width} x ${photo.height} pixels.`;
  return { photo: { ...own, data: input }, place: { photo: own, crop: { left: 0, top: 0, ...own } }, seen };
}

function caption({ target }: Explanation, colours: Colours, seen: string, unit: number) {
  const name = forLine(target.label);
  const meaning = colours.signed
    ? `Values of the map: above 0 speaks for ${name}, below 0 against it.`
    : `Values of the map: the higher, the more it speaks for ${name}.`;
  return [text({ fontSize: 11 * unit, color: FAINT, marginTop: 6 * unit }, `${meaning} ${seen}`)];
}
