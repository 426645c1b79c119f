/** What is loaded when a method that goes back through the classifier runs. */
export { excitationBackprop } from "./excitation-backprop.ts";
export { gradCam } from "./grad-cam.ts";
export { linearApproximation } from "./linear-approximation.ts";
