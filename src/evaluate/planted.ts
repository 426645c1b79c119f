/** Makes composites whose answer is known: a photo at half its size, pasted on another one. */

import type { Fit } from "../classify/fit.ts";
import { type GivenPhoto, showPhoto } from "../classify/opened-photo.ts";
import { type Photo, preparePhoto } from "../classify/photo.ts";
import type { Names } from "../engine/check-names.ts";
import type { Engine } from "../engine/engine.ts";
import { uniformSequence } from "../engine/random.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { ClassScore } from "../explain/prediction.ts";
import type { Session } from "../explain/session.ts";
import { type InputSpec, imageShape, type Size } from "../nets/input-spec.ts";
import { checkArguments } from "./check-arguments.ts";
import type { Box } from "./pointing.ts";

/** Stream of the place. */
const STREAM_PLACE = 32;
/** A composite tells something where the class is as likely as this, and without what was pasted less likely than that. */
const [WITH, WITHOUT] = [0.4, 0.01];

/** Where the photo is pasted, and how both are fitted. */
export interface PlantOptions {
  /** Of the place; 0 by default. */
  seed?: number | undefined;
  /** How both photos are fitted to the classifier's input, its own way by default. */
  fit?: Fit | undefined;
  signal?: AbortSignal | undefined;
}

const PLANT = { seed: 1, fit: 1, signal: 1 } satisfies Names<PlantOptions>;

/** A photo on another one. */
export interface Composite {
  /** Of the size of the classifier's input: with the fit "squash" it is taken as it is. */
  readonly photo: Photo;
  /** The first choice for the pasted photo alone, and how likely it is there. */
  readonly target: ClassScore;
  /** Where the pasted photo is. */
  readonly inside: Box;
  /** Probability of that class in the composite, and in the photo below alone. */
  readonly present: number;
  readonly absent: number;
  /** Whether the classifier sees the class with the pasted photo, .4 or more, and not without it, below .01. */
  readonly sound: boolean;
}

/**
 * Pastes a photo at half its size (Pillow's antialiased bicubic resize) at a random place of another photo, both as the classifier takes them, and
 * asks the classifier whether that is where it sees the class. Throws BAD_OPTION, BAD_IMAGE, NOT_FINITE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function plant(session: Session, photo: GivenPhoto, ground: GivenPhoto, options: PlantOptions = {}): Promise<Composite> {
  checkArguments(session, options, "plant", PLANT);
  const { seed = 0, fit, signal } = options;
  const { whole, patch, below } = await session.lend({ signal }, async ({ engine, teacher: { input }, crop }) => {
    const fitted = async (given: GivenPhoto) => {
      await showPhoto(engine, given, input, fit, crop);
      return toPhoto(crop, input);
    };
    const whole = await fitted(photo);
    return { whole, patch: await halve(engine, whole, input), below: await fitted(ground) };
  });
  const inside = placeOf(patch, below, seed);
  const composite = paste(patch, below, inside);
  const classify = async (image: Photo) => session.classify(image, { fit: "squash", signal, top: 1 });
  const [target] = (await classify(whole)).top5 as [ClassScore];
  const probability = async (image: Photo) => (await classify(image)).probabilities[target.index] as number;
  const [present, absent] = [await probability(composite), await probability(below)];
  return { photo: composite, target, inside, present, absent, sound: present >= WITH && absent < WITHOUT };
}

/** What is on the GPU in [0, 1], as bytes. */
async function toPhoto(crop: Tensor, { height, width }: Size): Promise<Photo> {
  const values = await crop.read();
  return { height, width, data: Uint8ClampedArray.from(values, (value, i) => ((i & 3) === 3 ? 255 : Math.round(255 * value))) };
}

/** Both sides are halved, and rounded down. */
async function halve(engine: Engine, photo: Photo, input: InputSpec): Promise<Photo> {
  const size = { height: Math.max(1, photo.height >> 1), width: Math.max(1, photo.width >> 1) };
  const crop = engine.tensor("photo to paste", imageShape(size));
  try {
    await preparePhoto(engine, photo, { ...input, ...size, channels: "rgb", resize: "squash", filter: "bicubic" }, crop);
    return await toPhoto(crop, size);
  } finally {
    crop.dispose();
  }
}

/** Every place within the photo below is equally likely. */
function placeOf({ height, width }: Size, below: Size, seed: number): Box {
  const [across, down] = uniformSequence(seed, STREAM_PLACE, 2) as [number, number];
  const [left, top] = [Math.floor(across * (below.width - width + 1)), Math.floor(down * (below.height - height + 1))];
  return { left, top, right: left + width, bottom: top + height };
}

function paste(patch: Photo, { height, width, data }: Photo, { left, top }: Box): Photo {
  const pixels = Uint8ClampedArray.from(data);
  for (let line = 0; line < patch.height; line++) {
    const row = patch.data.subarray(4 * line * patch.width, 4 * (line + 1) * patch.width);
    pixels.set(row, 4 * ((top + line) * width + left));
  }
  return { height, width, data: pixels };
}
