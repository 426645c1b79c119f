/** Where in a photo the classifier looks. */
import { fitSize, type InputSpec, type Size } from "../faces/all.ts";

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The size of a photo, upright, and the part of it that the classifier sees; in pixels, fractions of them included. */
export interface Place {
  readonly photo: Size;
  readonly crop: Rectangle;
}

export function placeOf({ width, height }: Size, input: InputSpec): Place {
  const full = fitSize(width, height, input);
  const [across, down] = [width / full.width, height / full.height];
  const crop = { x: full.left * across, y: full.top * down, width: input.width * across, height: input.height * down };
  return { photo: { width, height }, crop };
}

/** Whether that part is the whole photo, but for less than half a pixel. */
export function isWhole({ photo, crop }: Place): boolean {
  return crop.x < 0.5 && crop.y < 0.5 && crop.x + crop.width > photo.width - 0.5 && crop.y + crop.height > photo.height - 0.5;
}

/** That part in a picture of the whole photo, in the picture's pixels. */
export function cropIn({ photo, crop }: Place, picture: Size): Rectangle {
  const [across, down] = [picture.width / photo.width, picture.height / photo.height];
  return { x: crop.x * across, y: crop.y * down, width: crop.width * across, height: crop.height * down };
}
