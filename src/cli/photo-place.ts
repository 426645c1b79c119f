/** Where in a photo the classifier looks. */
import { cropOf, type InputSpec, type Rectangle, type Size } from "../faces/all.ts";

/** The size of a photo, upright, and the part of it that the classifier sees; in pixels, fractions of them included. */
export interface Place {
  readonly photo: Size;
  readonly crop: Rectangle;
}

export function placeOf({ width, height }: Size, input: InputSpec): Place {
  return { photo: { width, height }, crop: cropOf({ width, height }, input) };
}

/** Whether that part is the whole photo, but for less than half a pixel. */
export function isWhole({ photo, crop }: Place): boolean {
  return crop.left < 0.5 && crop.top < 0.5 && crop.left + crop.width > photo.width - 0.5 && crop.top + crop.height > photo.height - 0.5;
}

/** That part in a picture of the whole photo, in the picture's pixels. */
export function cropIn({ photo, crop }: Place, picture: Size): Rectangle {
  const [across, down] = [picture.width / photo.width, picture.height / photo.height];
  return { left: crop.left * across, top: crop.top * down, width: crop.width * across, height: crop.height * down };
}
