/** What deletion and insertion show at every step, for the eye. */
import type { Tensor } from "../engine/tensor.ts";
import { CHANNELS, type InputSpec, type Size } from "../nets/input-spec.ts";
import { blurPhoto } from "./blur.ts";
import type { Protocol } from "./protocols.ts";
import { checkMap, rankPixels } from "./ranks.ts";
import type { Scorer } from "./scorer.ts";

type Bytes = Uint8ClampedArray<ArrayBuffer>;

/**
 * The images that deletion and insertion of a map go between: RGBA bytes, height x width, in the colours that the teacher sees. Where n pixels are
 * replaced, deletion shows `blank` at those of a rank below n, and `photo` elsewhere; insertion shows `photo` there, and `start` elsewhere.
 */
export interface CurvePictures extends Size {
  /** Every pixel's place in the map's order, 0 for the most salient. */
  readonly ranks: Uint32Array<ArrayBuffer>;
  readonly photo: Bytes;
  readonly blank: Bytes;
  readonly start: Bytes;
}

/** Of a map of the scorer's photo. Throws BAD_OPTION where it is none, OUT_OF_MEMORY, DEVICE_LOST. */
export async function drawCurvePictures(scorer: Scorer, map: ArrayLike<number>, { insertion }: Protocol): Promise<CurvePictures> {
  const { input } = scorer.teacher;
  const { height, width } = input;
  checkMap(map, input);
  const ranks = rankPixels(map);
  const photo = await picture(scorer.photo, input);
  const blank = pictureOf(new Float32Array(photo.length), input);
  if (insertion === "blank") return { height, width, ranks, photo, blank, start: blank };
  const blurred = await blurPhoto(scorer, insertion(input));
  try {
    return { height, width, ranks, photo, blank, start: await picture(blurred, input) };
  } finally {
    blurred.dispose();
  }
}

const picture = async (image: Tensor, input: InputSpec) => pictureOf(await image.read(), input);

/** Where in a pixel of the teacher's red, green and blue lie, in the order of CHANNELS. */
const PLACES = [
  [0, 1, 2],
  [2, 1, 0],
  [0, 0, 0],
] as const;

/** Bytes of an image as the teacher takes it, height x width x 4, normalised. */
function pictureOf(values: ArrayLike<number>, { channels, mean, deviation }: InputSpec): Bytes {
  const places = PLACES[CHANNELS.indexOf(channels)] as readonly number[];
  const bytes = new Uint8ClampedArray(values.length);
  for (let pixel = 0; pixel < values.length; pixel += 4) {
    places.forEach((place, colour) => {
      const value = (values[pixel + place] as number) * (deviation[colour] as number) + (mean[colour] as number);
      bytes[pixel + colour] = Math.round(255 * value);
    });
    bytes[pixel + 3] = 255;
  }
  return bytes;
}
