/** How people's classifiers were trained to take photos, where their files do not say. */
import { refuseOption } from "../engine/printable.ts";
import { IMAGENET_INPUT, type InputSpec } from "../nets/input-spec.ts";

/** The names of usual preprocessings; see `Preprocessing`. */
export const PREPROCESSINGS = ["torchvision", "keras-tf", "keras-caffe", "unit", "raw"] as const;

/**
 * torchvision: ImageNet's mean and deviation of colours in 0..1, the centre of the photo; most of PyTorch's and timm's. keras-tf: colours
 * from -1 to 1. keras-caffe: blue, green, red in 0..255 less ImageNet's means. unit: 0 to 1. raw: 0 to 255. All but the first squash the photo
 * to the input's size, as Keras loads images.
 */
export type Preprocessing = (typeof PREPROCESSINGS)[number];

/** Of the channels only where they are not the usual ones, of which a grey input has one. */
type Part = Pick<InputSpec, "resize" | "share" | "filter" | "mean" | "deviation"> & Partial<Pick<InputSpec, "channels">>;

const { height: _, width: __, channels: ___, ...TORCHVISION } = IMAGENET_INPUT;
const SQUASHED = { resize: "squash", share: 1, filter: "bilinear" } as const;
const BYTE = 1 / 255;

/** The part of the input that each stands for. */
const INPUTS: Readonly<Record<Preprocessing, Part>> = {
  torchvision: TORCHVISION,
  "keras-tf": { ...SQUASHED, mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
  "keras-caffe": {
    ...SQUASHED,
    channels: "bgr",
    mean: [123.68 * BYTE, 116.779 * BYTE, 103.939 * BYTE],
    deviation: [BYTE, BYTE, BYTE],
  },
  unit: { ...SQUASHED, mean: [0, 0, 0], deviation: [1, 1, 1] },
  raw: { ...SQUASHED, mean: [0, 0, 0], deviation: [BYTE, BYTE, BYTE] },
};

/** What the name stands for, without the size. Throws BAD_OPTION for a name that there is not. */
export function preprocessingInput(name: Preprocessing): Part {
  if (!PREPROCESSINGS.includes(name)) refuseOption("preprocessing is", name, `Choose one of: ${PREPROCESSINGS.join(", ")}.`);
  return INPUTS[name];
}
