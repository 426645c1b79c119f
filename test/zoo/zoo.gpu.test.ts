import { beforeAll, describe, expect, test } from "vitest";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { GoldenNets } from "../support/golden-nets.ts";
import { LONG } from "../support/long.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const NETS = [
  ...["mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "densenet121", "googlenet", "inception_v3", "squeezenet1_1"],
  ...["shufflenet_v2_x1_0", "resnext50_32x4d", "regnet_y_400mf", "convnext_tiny", "seresnet50"],
];
/** Each has an operation that the others of the short run have not; all of them are in `npm run test:long`. */
const SHORT = ["mobilenet_v3_small", "shufflenet_v2_x1_0", "regnet_y_400mf"];

let golden: GoldenNets;

beforeAll(async () => {
  golden = await GoldenNets.open(await sharedEngine(), "zoo");
});

describe("nets with more than convolutions and ReLUs are torchvision's and timm's: logits, and the gradient of the image", () => {
  test.each(NETS.filter((name) => LONG || SHORT.includes(name)))(
    "%s",
    async (name) => {
      expect(golden.names.sort()).toEqual([...NETS].sort());
      await golden.check(name, (size) => findTeacher(name).nodes(size));
    },
    400_000,
  );
});
