/** Remembers which photo an explanation is of, for drawing it, without a field that a copy to a worker or into JSON would have to carry. */
import type { PhotoSource } from "../classify/photo-sources.ts";

const photos = new WeakMap<object, PhotoSource>();

export function rememberPhoto<T extends object>(explanation: T, photo: PhotoSource): T {
  photos.set(explanation, photo);
  return explanation;
}

export function explainedPhoto(explanation: object): PhotoSource | undefined {
  return photos.get(explanation);
}
