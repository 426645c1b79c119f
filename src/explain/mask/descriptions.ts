import { describeMethod } from "../method.ts";

/** The methods that search for a mask: names and parameters, known before any of them is loaded. */

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
});
