/** Names and parameters of the methods, known before any of them is loaded. */
import { MAX_SAMPLES } from "./explain-options.ts";
import { type ClassifierSizes, describeMethod } from "./method.ts";

// Methods that change the photo and watch the verdict.

/** Windows are given in pixels of a photo of this side, and stretched over inputs of other sizes. */
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
  passes: ({ window, stride }, { input: { height, width } }) =>
    1 + windowsAlong(width, window, stride).count * windowsAlong(height, window, stride).count,
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
  passes: ({ masks }) => masks,
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
  // The photo, and a mask a channel.
  passes: ({ layer }, classifier) => 1 + channelsOf(layer, classifier),
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
  passes: ({ samples }) => samples,
});

/** In pixels of a side: a window, the distance between windows, and their number. Rounded up, so that they are no more than on 224 pixels. */
export function windowsAlong(side: number, window: number, stride: number): { extent: number; step: number; count: number } {
  const [extent, step] = [Math.ceil((window * side) / WINDOW_SIDE), Math.ceil((stride * side) / WINDOW_SIDE)];
  return { extent, step, count: 1 + Math.ceil(Math.max(0, side - extent) / step) };
}

/** Channels of a layer, or of the last one of a module; of the usual one where the name is empty. */
function channelsOf(wanted: string, { layers, cam }: ClassifierSizes): number {
  const of = wanted || cam;
  return layers.findLast(({ name }) => name === of || name.startsWith(`${of}.`))?.shape[2] ?? 0;
}

/** Window and stride whose windows, together with the photo, are at most this number of images, and at least 2; no pixel is left out. */
export function cover(images: number): { window: number; stride: number } {
  const across = Math.max(1, Math.floor(Math.sqrt(images - 1)));
  const window = Math.max(WINDOW, Math.ceil(WINDOW_SIDE / across));
  return { window, stride: across > 1 ? Math.ceil((WINDOW_SIDE - window) / (across - 1)) : window };
}

// Methods that go back through the classifier.

export const GRAD_CAM = describeMethod({
  name: "grad-cam",
  title: "Grad-CAM",
  parameters: {
    layer: {
      value: "",
      what: "layer or module whose channels are weighed; empty: the last before pooling (VGG16 features.29, ResNets layer4)",
    },
  },
  passes: () => 2,
});

export const LINEAR_APPROXIMATION = describeMethod({
  name: "linear",
  title: "Linear approximation",
  parameters: {
    layer: {
      value: "",
      what: "layer or module that is approximated from, or input; empty: the last before pooling (VGG16 features.29, ResNets layer4)",
    },
  },
  passes: () => 2,
});

export const EXCITATION_BACKPROP = describeMethod({
  name: "excitation",
  title: "Excitation backprop",
  note: "Its authors declared it patent-pending (Adobe): for research use only.",
  parameters: {
    layer: {
      value: "",
      what: "layer or module whose relevance is shown; empty: the teacher's own (VGG16 features.23, ResNets layer3)",
    },
    contrast: {
      value: "none",
      choices: ["none", "contrastive"],
      what: "contrastive: less what the negated weights of the last layer bring back",
    },
    contrastLayer: {
      value: "",
      what: "layer where that is subtracted; empty: what the last layer reads (VGG16 classifier.4, ResNets avgpool)",
    },
  },
  passes: ({ contrast }) => (contrast === "contrastive" ? 3 : 2),
});

// Methods that search for a mask.

export const EXTREMAL = describeMethod({
  name: "extremal",
  title: "Extremal perturbations",
  parameters: {
    areas: {
      value: "0.1",
      what: "share of the mask, its margin counting, that is shown; several, such as 0.025,0.05,0.1,0.2, give the sum of masks",
    },
    iterations: { value: 800, low: 1, high: 10_000, whole: true, what: "steps of gradient descent, for each area" },
    reward: { value: "simple", choices: ["simple", "contrastive"], what: "the target's logit, or that less the largest of the others" },
    jitter: {
      value: "flip",
      choices: ["flip", "none"],
      what: "whether every other iteration, from the first on, sees left and right exchanged",
    },
    rate: { value: 0.01, low: 1e-6, high: 10, what: "learning rate" },
    momentum: { value: 0.9, low: 0, high: 0.999, what: "momentum, and dampening of the gradient" },
    weight: { value: 300, low: 0, high: 1e6, what: "weight of the area loss in the first iteration" },
    growth: { value: 1.0035, low: 1, high: 2, what: "factor of that weight from one iteration to the next" },
    blur: { value: 20, low: 0.1, high: 50, what: "deviation, in pixels of 224, of the Gaussian that blurs what is hidden" },
    smooth: {
      value: 0.09,
      low: 0,
      high: 0.25,
      what: "deviation of the Gaussian that smooths the sum of several masks, in sides of the photo",
    },
  },
  within: (forwards) => ({ iterations: Math.max(1, Math.floor(forwards / 2)) }),
  passes: ({ areas, iterations }) => 2 * iterations * areas.split(",").length,
});

export const FGVIS = describeMethod({
  name: "fgvis",
  title: "FGVis",
  parameters: {
    iterations: { value: 500, low: 1, high: 10_000, whole: true, what: "steps of gradient descent, at most" },
    rate: { value: 0.1, low: 1e-6, high: 10, what: "the farthest that a value of the mask moves in one step" },
    weight: { value: -1e-9, low: -1, high: 1, what: "weight of the sum of the mask beside the target's probability; below 0 it keeps" },
    noise: { value: 0.1, low: 0, high: 10, what: "standard deviation of the noise on every image, which is normalised" },
    reference: { value: "black", choices: ["black", "grey"], what: "what deleted values become: 0, or the teacher's mean colour" },
  },
  within: (forwards) => ({ iterations: Math.max(1, Math.floor(forwards / 2)) }),
  // One more forward for the photo itself.
  passes: ({ iterations }) => 1 + 2 * iterations,
});
