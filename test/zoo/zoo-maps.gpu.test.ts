import { beforeAll, describe, expect, test } from "vitest";
import { sizeOf } from "../../src/engine/tensor.ts";
import { spearman } from "../../src/explain/rank-correlation.ts";
import { neighboursOf } from "../../src/explain/relabel/synthetic-images.ts";
import { type ExplainOptions, type Photo, Session } from "../../src/faces/all.ts";
import { weightShapes } from "../../src/graph/graph.ts";
import { encodeSafetensors } from "../../src/nets/weights/encode-safetensors.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { rejected } from "../support/errors.ts";
import { everyNth, type Golden, readGolden, worstError } from "../support/golden.ts";
import { LONG } from "../support/long.ts";
import { decodeExample } from "../support/photos.ts";
import { calibration, seededValues } from "../support/seeded-weights.ts";
import { sharedDevice } from "../support/shared-engine.ts";

interface NetFacts extends Record<"factor" | "target" | "gradientTarget", number> {
  head: string;
  gradients: { method: "grad-cam" | "linear" | "excitation"; layer: string; largest: number }[];
  relabel: Record<"samples" | "seed" | "probability" | "shiftedShare" | "largest", number>;
}

interface Facts extends Record<"seed" | "first" | "step" | "masks" | "lime", number> {
  size: [height: number, width: number];
  nets: Record<string, NetFacts>;
}

let photo: Photo;
let golden: Golden;
let device: GPUDevice;
/** Where weights come from. */
let zoo: Golden;

beforeAll(async () => {
  [photo, golden, zoo, device] = await Promise.all([decodeExample("cat.jpg"), readGolden("zoo-maps"), readGolden("zoo"), sharedDevice()]);
}, 60_000);

describe.each(LONG ? ["mobilenet_v3_small", "densenet121", "convnext_tiny"] : ["mobilenet_v3_small"])(
  "%s explained as by PyTorch",
  (name) => {
    let facts: Facts;
    let net: NetFacts;
    let session: Session;

    const stored = (what: string) => golden.tensors.get(`${name}.${what}`)?.values as Float32Array;
    const explain = (options: ExplainOptions) => session.explain(photo, { seed: facts.seed, ...options });
    /** Largest difference from the reference, over its largest value. */
    const errorOf = ({ map }: { map?: Float32Array | undefined }, what: string) =>
      worstError(everyNth(map as Float32Array, session.input, facts.step, facts.first), stored(what));

    beforeAll(async () => {
      facts = golden.facts as Facts;
      net = facts.nets[name] as NetFacts;
      const [height, width] = facts.size;
      const bytes = await weightsOf(name, net, stored("bias"));
      session = await Session.create({ model: name, weights: () => bytes, device, batch: 8, input: { height, width } });
      return () => session.dispose();
    }, 120_000);

    test("Grad-CAM, linear approximation and, where it is defined, excitation backprop", async () => {
      for (const [index, { method, layer }] of net.gradients.entries()) {
        // That of class activation maps is chosen by itself.
        const given = index < 2 ? {} : { layer };
        const found = await explain({ method, parameters: given, target: net.gradientTarget });
        expect(found.settings.layer).toMatch(new RegExp(`^${layer}`));
        const reference = stored(`${method}.${layer}`);
        const kept = everyNth(found.map as Float32Array, session.input, facts.step, facts.first);
        const largest = Math.max(...reference.map(Math.abs));
        const errors = kept.map((value, i) => Math.abs(value - (reference[i] as number)) / largest).sort((a, b) => a - b);
        // As in gradient-maps.gpu.test.ts.
        const moved = layer === "input" ? 0.005 : 0;
        expect(errors[Math.ceil(errors.length * (1 - moved)) - 1], `${method} ${layer}`).toBeLessThan(2e-3);
        expect(errors[errors.length >> 1], `${method} ${layer}`).toBeLessThan(1e-5);
      }
    }, 120_000);

    test("RISE", async () => {
      expect(errorOf(await explain({ method: "rise", parameters: { masks: facts.masks } }), "rise")).toBeLessThan(2e-3);
    }, 120_000);

    test("LIME", async () => {
      const { map } = await explain({ method: "lime", parameters: { samples: facts.lime } });
      const coefficients = stored("lime");
      const expected = Array.from(stored("segments"), (segment) => coefficients[segment] as number);
      expect(worstError(map as Float32Array, expected)).toBeLessThan(2e-3);
    }, 120_000);

    test("re-label distillation, and its samples", async () => {
      const { samples, seed, probability, shiftedShare, largest } = net.relabel;
      const found = await explain({ samples, seed });
      expect(found.target.index).toBe(net.target);
      expect(found.target.probability).toBeCloseTo(probability, 4);
      expect(found.shiftedShare).toBeCloseTo(shiftedShare, 12);
      expect(errorOf(found, "relabel")).toBeLessThan(1e-3);
      expect(spearman(everyNth(found.map as Float32Array, found, facts.step, facts.first), stored("relabel"))).toBeGreaterThan(0.9999);
      expect(Math.max(...(found.map as Float32Array).map(Math.abs)) / largest).toBeCloseTo(1, 2);
      const { probabilities, kept } = await neighboursOf(session, photo, { samples, seed }, async (_, { neighbours }) => neighbours);
      expect([...kept]).toEqual([...stored("labels")]);
      expect(Math.max(...probabilities.map((p, i) => Math.abs(p - (stored("probabilities")[i] as number))))).toBeLessThan(1e-4);
    }, 120_000);

    test("methods that suppose numbers from 0 up say by the name of a layer, before they begin, that they are not defined", async () => {
      for (const [method, parameters, message] of REFUSALS[name] ?? []) {
        const stages: string[] = [];
        const refused = explain({ method, parameters, onProgress: ({ stage }) => void stages.push(stage) });
        expect(await rejected(refused), method).toMatchObject({ code: "INVALID", message: expect.stringMatching(message) });
        expect(new Set(stages)).toEqual(new Set(["classify"]));
      }
    }, 120_000);
  },
);

/** By net: method, parameters, and what it says. ConvNeXt's default layer lies behind the last GELU. */
const REFUSALS: Record<string, [method: "excitation" | "fgvis", parameters: Record<string, string>, message: RegExp][]> = {
  mobilenet_v3_small: [
    ["excitation", {}, /layer "features\.12" ends in hardSwish, which gives numbers below 0/],
    ["excitation", { layer: "avgpool" }, /layer "classifier\.1" ends in hardSwish, which gives numbers below 0/],
    ["fgvis", {}, /layer "features\.0" ends in hardSwish, which gives numbers below 0/],
  ],
  convnext_tiny: [
    ["excitation", { layer: "features.5" }, /layer "features\.7\.0\..*" ends in gelu, which gives numbers below 0/],
    ["fgvis", {}, /layer "features\.1\.0\..*" ends in gelu, which gives numbers below 0/],
  ],
};

/** A file of the weights that reference/zoo_maps.py makes. */
async function weightsOf(name: string, { head, factor }: NetFacts, bias: Float32Array): Promise<ArrayBuffer> {
  const factors = zoo.tensors.get(`${name}.factors`)?.values as Float32Array;
  const calibrate = calibration((zoo.facts as { nets: Record<string, { layers: string[] }> }).nets[name]?.layers as string[], factors);
  const tensors = [...weightShapes(await findTeacher(name).nodes())].map(([key, shape]) => {
    const values = key === `${head}.bias` ? bias : calibrate(key, seededValues(key, shape, 0, sizeOf(shape)));
    return [key, { shape: [...shape], values: key === `${head}.weight` ? values.map((value) => value * factor) : values }] as const;
  });
  return encodeSafetensors(Object.fromEntries(tensors));
}
