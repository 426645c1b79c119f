import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findMethod, METHODS, Session } from "../../src/faces/all.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { signedClassifier } from "../support/signed-classifier.ts";
import { CLASSIFIER, patchwork } from "./calls.ts";

/** What keeps every method short. */
const SHORT: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {
  relabel: { samples: 16, gates: "balanced", synthesis: "gated", fill: "grey" },
  occlusion: { window: 40, stride: 30 },
  rise: { masks: 16 },
  "score-cam": { layer: "stem" },
  lime: { samples: 16, segmentation: "slic", segments: 20 },
  "grad-cam": {},
  linear: {},
  excitation: { contrast: "contrastive", layer: "stem", contrastLayer: "deep" },
  extremal: { areas: "0.1,0.2", iterations: 3 },
  fgvis: { iterations: 3 },
};

describe("what is known before an explanation", { timeout: 120_000 }, () => {
  let session: Session;

  beforeAll(async () => {
    const { classifier } = ownClassifier({ height: 48, width: 64, channels: 3, classes: 10 });
    session = await Session.create({ model: classifier, device: await sharedDevice(), batch: 4 });
  }, 120_000);

  afterAll(() => session?.dispose());

  test.for(METHODS.map(({ name }) => name))("images through the classifier: %s", async (name) => {
    const { parameters, passes } = findMethod(name);
    const given = SHORT[name] ?? {};
    const settings = { ...Object.fromEntries(Object.entries(parameters).map(([key, { value }]) => [key, value])), ...given };
    const { forward, backward } = (await session.explain(patchwork(), { method: name, parameters: given })).passes;
    const most = passes?.(settings, { input: session.input, ...session.layers }) ?? 0;
    // Score-CAM leaves out channels that are constant, and batches are filled up.
    expect(forward + backward).toBeLessThanOrEqual(most + 3);
    expect(forward + backward).toBeGreaterThan(most - 4);
  });

  test("nothing is refused that the classifier can do, and what it cannot is, with what to do", async () => {
    for (const [method, parameters] of Object.entries(SHORT))
      expect(await session.findRefusal({ method, parameters }), method).toBeUndefined();
    expect(await session.findRefusal({ method: "grad-cam", parameters: { layer: "nowhere" } })).toEqual({
      message: 'Unknown layer "nowhere".',
      fix: expect.stringMatching(/^Name one of these/),
    });
    expect(await session.findRefusal({ method: "excitation", parameters: { contrast: "contrastive", contrastLayer: "stem" } })).toEqual({
      message: expect.stringMatching(/^"stem\.relu" does not lie between "deep\.relu" and the last layer/),
      fix: expect.stringMatching(/^Choose one from "deep\.relu" to ".+"\.$/),
    });
    await expect(session.findRefusal({ method: "magic" })).rejects.toMatchObject({ code: "BAD_OPTION" });
  });

  test("a contrast is refused where no linear layer comes last", async () => {
    const pooled = await Session.create({ model: CLASSIFIER, device: await sharedDevice() });
    try {
      expect(await pooled.findRefusal({ method: "excitation", parameters: { layer: "stem" } })).toBeUndefined();
      expect(await pooled.findRefusal({ method: "excitation", parameters: { layer: "stem", contrast: "contrastive" } })).toEqual({
        message: expect.stringMatching(/is not computed by a linear layer\.$/),
        fix: "Leave out the contrast.",
      });
    } finally {
      pooled.dispose();
    }
  });

  test("a net with numbers below 0 refuses what is not defined for it, as an explanation does", async () => {
    const other = await Session.create({ model: signedClassifier(32, 5).classifier, device: await sharedDevice() });
    try {
      const refused: string[] = [];
      for (const { name } of METHODS) if (await other.findRefusal({ method: name })) refused.push(name);
      expect(refused).toEqual(["excitation", "fgvis"]);
      const { message, fix } = (await other.findRefusal({ method: "fgvis" })) ?? {};
      expect(message).toMatch(/"deep.*" ends in hardSwish, which gives numbers below 0/);
      await expect(other.explain(patchwork(), { method: "fgvis" })).rejects.toMatchObject({ message, fix });
    } finally {
      other.dispose();
    }
  });
});
