import { describeMethod } from "../method.ts";

/** The methods that go back through the classifier: names and parameters, known before any of them is loaded. */

export const GRAD_CAM = describeMethod({
  name: "grad-cam",
  title: "Grad-CAM",
  parameters: {
    layer: {
      value: "",
      what: "layer or module whose channels are weighed; empty: the last before pooling (VGG16 features.29, ResNets layer4)",
    },
  },
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
});
