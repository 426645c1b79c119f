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
  /** Where the Hugging Face hub has them, and their size; absent where the project brings them. */
  readonly hub?: HubFile;
  readonly input: InputSpec;
  /** Of the size that it was published with, unless another one is given. The description is loaded when it is first asked for. */
  readonly nodes: (size?: NetSize) => Node[] | Promise<Node[]>;
  /** Name of the layer whose channels class activation maps are made of; found by the net's structure by default. */
  readonly cam?: string;
  /** Name of the layer whose relevance excitation backprop shows; that of class activation maps by default. */
  readonly excitation?: string;
  /** timm's name of a layer where it differs from the description's, which is torchvision's. */
  readonly timm?: () => Promise<Rename>;
}

type Rename = (key: string) => string;

export interface HubFile extends HubPath {
  /** As published, in millions of bytes; for people only. */
  readonly megabytes: number;
}

/** The size that the nets were published with: ImageNet's classes at 224 x 224. */
const PUBLISHED: NetSize = { input: [224, 224, 3], classes: 1000 };

function onHub(
  name: string,
  repository: string,
  megabytes: number,
  load: () => Promise<(size: NetSize) => Node[]>,
  [cam, excitation]: readonly [string, string],
  timm?: () => Promise<Rename>,
): TeacherDefinition {
  const hub = { repository: `timm/${repository}`, path: "model.safetensors", megabytes };
  const nodes = async (size = PUBLISHED) => (await load())(size);
  return { name, file: `${name}.safetensors`, hub, input: IMAGENET_INPUT, nodes, cam, excitation, ...(timm ? { timm } : {}) };
}

const resnets = () => import("./resnet.ts");
const vggs = () => import("./vgg.ts");
const mobilenets = () => import("./mobilenet.ts");
const timmVgg = async () => (await vggs()).timmVgg;

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
  onHub("resnet18", "resnet18.tv_in1k", 47, async () => (await resnets()).resnet18, ["layer4", "layer3"]),
  onHub("resnet34", "resnet34.tv_in1k", 87, async () => (await resnets()).resnet34, ["layer4", "layer3"]),
  onHub("resnet50", "resnet50.tv_in1k", 102, async () => (await resnets()).resnet50, ["layer4", "layer3"]),
  onHub("resnet101", "resnet101.tv_in1k", 179, async () => (await resnets()).resnet101, ["layer4", "layer3"]),
  onHub("vgg16", "vgg16.tv_in1k", 553, async () => (await vggs()).vgg16, ["features.29", "features.23"], timmVgg),
  onHub("vgg16_bn", "vgg16_bn.tv_in1k", 554, async () => (await vggs()).vgg16Norm, ["features.42", "features.33"], timmVgg),
  onHub("vgg19", "vgg19.tv_in1k", 575, async () => (await vggs()).vgg19, ["features.35", "features.27"], timmVgg),
  onHub(
    "mobilenet_v2",
    "mobilenetv2_100.ra_in1k",
    14,
    async () => (await mobilenets()).mobilenetV2,
    ["features.18", "features.18"],
    async () => (await mobilenets()).timmMobilenetV2,
  ),
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
