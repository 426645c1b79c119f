import { MAX_SAMPLES } from "../explain-options.ts";
import { describeMethod } from "../method.ts";

/** The methods that change the photo and watch the verdict: names and parameters, known before any of them is loaded. */

/** Windows are meant for so many pixels a side, and stretched over inputs of other sizes. */
export const WINDOW_SIDE = 224;
const WINDOW = 15;

export const OCCLUSION = describeMethod({
  name: "occlusion",
  title: "Occlusion",
  parameters: {
    window: { value: WINDOW, low: 1, high: WINDOW_SIDE, whole: true, what: "side of the hidden window, in pixels of 224" },
    stride: { value: 8, low: 1, high: WINDOW_SIDE, whole: true, what: "distance between windows, in pixels of 224" },
  },
  within: cover,
});

export const RISE = describeMethod({
  name: "rise",
  title: "RISE",
  parameters: {
    masks: {
      value: 4000,
      low: 2,
      high: MAX_SAMPLES,
      whole: true,
      what: "number of masks: the paper's for VGG16, and half of its for ResNet-50",
    },
    cells: { value: 7, low: 2, high: 56, whole: true, what: "cells of a mask's grid, a side" },
    keep: { value: 0.5, low: 0.01, high: 0.99, what: "probability that a cell is kept" },
  },
  within: (forwards) => ({ masks: Math.max(2, forwards) }),
});

export const SCORE_CAM = describeMethod({
  name: "score-cam",
  title: "Score-CAM",
  parameters: {
    layer: {
      value: "",
      what: "layer or module whose channels are the masks; empty: the last before pooling (VGG16 features.29, ResNets layer4)",
    },
  },
});

export const LIME = describeMethod({
  name: "lime",
  title: "LIME",
  parameters: {
    samples: { value: 1000, low: 2, high: MAX_SAMPLES, whole: true, what: "number of samples; the first is the photo itself" },
    segmentation: { value: "quickshift", choices: ["quickshift", "slic"], what: "how the photo is divided into segments" },
    width: { value: 0.25, low: 0.01, high: 100, what: "width of the kernel that weighs samples by their cosine distance from the photo" },
    alpha: { value: 1, low: 1e-6, high: 1e6, what: "ridge penalty of the linear model" },
    kernel: { value: 4, low: 1, high: 20, what: "quickshift: width of the density's kernel, in pixels of 224" },
    distance: { value: 200, low: 1, high: 1000, what: "quickshift: longest link between pixels, in pixels of 224" },
    ratio: { value: 0.2, low: 0.01, high: 1, what: "quickshift: weight of the colour beside the position" },
    segments: { value: 100, low: 2, high: 500, whole: true, what: "SLIC: number of segments to aim at" },
    compactness: { value: 10, low: 0.01, high: 1000, what: "SLIC: weight of the position beside the colour" },
  },
  within: (forwards) => ({ samples: Math.max(2, forwards) }),
});

/** Window and stride whose windows, together with the photo, are at most so many images, and 2 at least; no pixel is left out. */
export function cover(images: number): { window: number; stride: number } {
  const across = Math.max(1, Math.floor(Math.sqrt(images - 1)));
  const window = Math.max(WINDOW, Math.ceil(WINDOW_SIDE / across));
  return { window, stride: across > 1 ? Math.ceil((WINDOW_SIDE - window) / (across - 1)) : window };
}
