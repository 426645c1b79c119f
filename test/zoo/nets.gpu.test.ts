import { beforeAll, describe, expect, test } from "vitest";
import { GoldenNets } from "../support/golden-nets.ts";
import { LONG } from "../support/long.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { ghostnet } from "./nets/ghostnet.ts";
import { hrnetW18 } from "./nets/hrnet-w18.ts";
import { mixnetS } from "./nets/mixnet-s.ts";
import { nfnetL0, standardised } from "./nets/nfnet-l0.ts";
import { res2net50 } from "./nets/res2net50.ts";
import { starnetS1 } from "./nets/starnet-s1.ts";

/** By timm's names. */
const NETS = {
  ghostnet_100: { describe: ghostnet },
  hrnet_w18: { describe: hrnetW18 },
  mixnet_s: { describe: mixnetS },
  nfnet_l0: { describe: nfnetL0, prepare: standardised },
  res2net50_26w_4s: { describe: res2net50 },
  starnet_s1: { describe: starnetS1 },
};
/** All of them are in `npm run test:long`. */
const SHORT = ["starnet_s1"];

let golden: GoldenNets;

beforeAll(async () => {
  golden = await GoldenNets.open(await sharedEngine(), "test-nets");
});

describe("nets that are only described here are timm's: logits, and the gradient of the image", () => {
  test.each(Object.entries(NETS).filter(([name]) => LONG || SHORT.includes(name)))(
    "%s",
    async (name, net) => {
      expect(golden.names).toEqual(Object.keys(NETS));
      await golden.check(name, net.describe, "prepare" in net ? net.prepare : undefined);
    },
    400_000,
  );
});
