/** The list of nets that are known by name: files, input and layers of each. */
import { EngineError } from "../engine/errors.ts";
import { printable } from "../engine/printable.ts";
import type { NetSize, Node } from "../graph/graph.ts";
import { IMAGENET_INPUT, type InputSpec } from "../nets/input-spec.ts";
import type { HubPath } from "./hub.ts";

/** A net that is known by name, and how it takes photos unless told otherwise. */
export interface TeacherDefinition {
  readonly name: string;
  /** File of its weights, in weights/ or in the cache of downloads. */
  readonly file: string;
  /** Where the Hugging Face hub has them, and their size; absent where the project brings them or nobody publishes them as safetensors. */
  readonly hub?: HubFile;
  readonly input: InputSpec;
  /** Of the size that it was published with, unless another one is given. The description is loaded when it is first asked for. */
  readonly nodes: (size?: NetSize) => Node[] | Promise<Node[]>;
  /** Name of the layer whose channels class activation maps are made of; found by the net's structure by default. */
  readonly cam?: string;
  /** Name of the layer whose relevance excitation backprop shows; that of class activation maps by default. */
  readonly excitation?: string;
  /** timm's names of tensors where they differ from the description's, which are torchvision's. */
  readonly timm?: () => Promise<Rename>;
}

/** A library's name of a tensor, where the description calls the layer `layer` and the tensor `layer.part`. */
export type Rename = (layer: string, part: string) => string;

export interface HubFile extends HubPath {
  /** As published, in millions of bytes; for people only. */
  readonly megabytes: number;
}

/** The size that the nets were published with: ImageNet's classes at 224 x 224. */
const PUBLISHED: NetSize = { input: [224, 224, 3], classes: 1000 };

interface Known {
  readonly load: () => Promise<(size: NetSize) => Node[]>;
  /** The layers of class activation maps and of excitation backprop. */
  readonly layers: readonly [cam: string, excitation?: string];
  /** timm's repository on the hub, and the file's size in millions of bytes; absent where timm keeps none. */
  readonly hub?: readonly [repository: string, megabytes: number];
  readonly timm?: () => Promise<Rename>;
  readonly input?: Partial<InputSpec>;
}

function known(name: string, { load, layers: [cam, excitation = cam], hub, timm, input }: Known): TeacherDefinition {
  const { height = PUBLISHED.input[0], width = PUBLISHED.input[1] } = input ?? {};
  return {
    ...{ name, file: `${name}.safetensors`, cam, excitation, input: { ...IMAGENET_INPUT, ...input } },
    ...(hub && { hub: { repository: `timm/${hub[0]}`, path: "model.safetensors", megabytes: hub[1] } }),
    nodes: async (size = { ...PUBLISHED, input: [height, width, 3] }) => (await load())(size),
    ...(timm && { timm }),
  };
}

const resnets = () => import("./resnet.ts");
const vggs = () => import("./vgg.ts");
const mobilenets = () => import("./mobilenet.ts");
const mobilenetsV3 = () => import("./mobilenet-v3.ts");
const efficientnets = () => import("./efficientnet-b0.ts");
const regnets = () => import("./regnet.ts");
const convnexts = () => import("./convnext.ts");
const timmVgg = async () => (await vggs()).timmVgg;

/** How most of timm's nets were trained to take photos; Inception's and GoogLeNet's colours go from -1 to 1. */
const BICUBIC = { filter: "bicubic" } as const;
const SIGNED = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const;

/** The classifiers that are known by name. */
export const TEACHERS: readonly TeacherDefinition[] = [
  {
    name: "efficientnet-lite0",
    file: "efficientnet-lite0.safetensors",
    input: {
      ...IMAGENET_INPUT,
      ...{ mean: [127 / 255, 127 / 255, 127 / 255], deviation: [128 / 255, 128 / 255, 128 / 255] },
    },
    nodes: async (size = PUBLISHED) => (await import("./efficientnet.ts")).efficientnetLite0(size),
    cam: "bn2",
    excitation: "bn2",
  },
  known("resnet18", { load: async () => (await resnets()).resnet18, layers: ["layer4", "layer3"], hub: ["resnet18.tv_in1k", 47] }),
  known("resnet34", { load: async () => (await resnets()).resnet34, layers: ["layer4", "layer3"], hub: ["resnet34.tv_in1k", 87] }),
  known("resnet50", { load: async () => (await resnets()).resnet50, layers: ["layer4", "layer3"], hub: ["resnet50.tv_in1k", 102] }),
  known("resnet101", { load: async () => (await resnets()).resnet101, layers: ["layer4", "layer3"], hub: ["resnet101.tv_in1k", 179] }),
  known("resnext50_32x4d", {
    load: async () => (await resnets()).resnext50,
    layers: ["layer4", "layer3"],
    hub: ["resnext50_32x4d.tv_in1k", 100],
  }),
  known("seresnet50", {
    ...{ load: async () => (await resnets()).seresnet50, layers: ["layer4", "layer3"], hub: ["seresnet50.a1_in1k", 112] },
    input: { ...BICUBIC, share: 0.95 },
  }),
  known("vgg16", {
    ...{ load: async () => (await vggs()).vgg16, layers: ["features.29", "features.23"], hub: ["vgg16.tv_in1k", 553], timm: timmVgg },
  }),
  known("vgg16_bn", {
    ...{
      load: async () => (await vggs()).vgg16Norm,
      layers: ["features.42", "features.33"],
      hub: ["vgg16_bn.tv_in1k", 554],
      timm: timmVgg,
    },
  }),
  known("vgg19", {
    ...{ load: async () => (await vggs()).vgg19, layers: ["features.35", "features.27"], hub: ["vgg19.tv_in1k", 575], timm: timmVgg },
  }),
  known("mobilenet_v2", {
    ...{ load: async () => (await mobilenets()).mobilenetV2, layers: ["features.18"], hub: ["mobilenetv2_100.ra_in1k", 14] },
    timm: async () => (await mobilenets()).timmMobilenetV2,
  }),
  known("mobilenet_v3_small", {
    ...{ load: async () => (await mobilenetsV3()).mobilenetV3Small, layers: ["features.12"], hub: ["mobilenetv3_small_100.lamb_in1k", 10] },
    ...{ timm: async () => (await mobilenetsV3()).timmMobilenetV3Small, input: BICUBIC },
  }),
  known("mobilenet_v3_large", {
    ...{ load: async () => (await mobilenetsV3()).mobilenetV3Large, layers: ["features.16"], hub: ["mobilenetv3_large_100.ra_in1k", 22] },
    ...{ timm: async () => (await mobilenetsV3()).timmMobilenetV3Large, input: BICUBIC },
  }),
  known("efficientnet_b0", {
    ...{ load: async () => (await efficientnets()).efficientnetB0, layers: ["features.8"], hub: ["efficientnet_b0.ra_in1k", 21] },
    ...{ timm: async () => (await efficientnets()).timmEfficientnetB0, input: BICUBIC },
  }),
  known("densenet121", {
    ...{ load: async () => (await import("./densenet.ts")).densenet121, layers: ["features.relu5"], hub: ["densenet121.tv_in1k", 32] },
  }),
  known("googlenet", { load: async () => (await import("./googlenet.ts")).googlenet, layers: ["inception5b"], input: SIGNED }),
  known("inception_v3", {
    ...{ load: async () => (await import("./inception.ts")).inceptionV3, layers: ["Mixed_7c"], hub: ["inception_v3.tv_in1k", 95] },
    input: { ...SIGNED, height: 299, width: 299 },
  }),
  known("squeezenet1_1", { load: async () => (await import("./squeezenet.ts")).squeezenet, layers: ["features.12"] }),
  known("shufflenet_v2_x1_0", { load: async () => (await import("./shufflenet.ts")).shufflenetV2, layers: ["conv5"] }),
  known("regnet_y_400mf", {
    ...{ load: async () => (await regnets()).regnetY400mf, layers: ["trunk_output"], hub: ["regnety_004.tv2_in1k", 17] },
    timm: async () => (await regnets()).timmRegnet,
    input: { share: 0.965 },
  }),
  known("convnext_tiny", {
    ...{ load: async () => (await convnexts()).convnextTiny, layers: ["features.7"], hub: ["convnext_tiny.fb_in1k", 114] },
    ...{ timm: async () => (await convnexts()).timmConvnext, input: BICUBIC },
  }),
];

/** Throws BAD_OPTION for a name that is none of TEACHERS. */
export function findTeacher(name: string): TeacherDefinition {
  const teacher = TEACHERS.find((candidate) => candidate.name === name);
  if (!teacher) {
    throw new EngineError(
      "BAD_OPTION",
      `There is no classifier "${printable(name)}".`,
      `Choose one of: ${TEACHERS.map((candidate) => candidate.name).join(", ")}; or give a file's address as new URL("...", location.href).`,
    );
  }
  return teacher;
}
