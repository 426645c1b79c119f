import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluate, MEASURES, type Metric, measuresOf, Session, tabulate } from "../../src/faces/all.ts";
import { patchwork } from "../explain/calls.ts";
import { rejected } from "../support/errors.ts";
import { type KeptPart, keptPart } from "../support/kept-part.ts";
import { Random } from "../support/random.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { readToyWeights, TOY } from "../support/toy-teacher.ts";

const photo = patchwork();
const map = new Random(4).floats(224 * 224, 0, 1);
let session: Session;
/** The classifier's first choice. */
let target: number;

beforeAll(async () => {
  session = await Session.create({ device: await sharedDevice(), model: TOY, weights: readToyWeights });
  target = ((await session.classify(photo)).top5[0] as { index: number }).index;
}, 120_000);

afterAll(() => session.dispose());

test("a metric from outside judges maps beside those of METRICS, and has its column", async () => {
  const steps: string[] = [];
  const metrics = [keptPart, "causal"] as const;
  const options = {
    target,
    protocol: "xplique",
    yardsticks: ["centred Gaussian"],
    parameters: { "kept-part": { share: 0.5 } },
  } as const;
  const follow = ({ metric, done, total }: { metric: string; done: number; total: number }) => steps.push(`${metric} ${done}/${total}`);
  const evaluation = await evaluate(session, photo, { map }, { ...options, metrics, onProgress: follow });
  expect(Object.keys(evaluation.maps.map ?? {})).toEqual(["causal", "kept-part"]);
  expect(evaluation).toMatchObject({ "kept-part": { kept: 25_088 } });
  expect(steps.at(-1)).toBe("kept-part 2/2");
  // Half of the pixels kept is the middle of the insertion curve that begins with a blank photo.
  for (const name of ["map", "centred Gaussian"]) {
    const { causal, "kept-part": kept } = evaluation.maps[name] ?? {};
    expect((kept as KeptPart).probability).toBeCloseTo(causal?.insertion.probabilities[5] as number, 6);
  }
  expect(evaluation.maps.map?.causal?.insertion.probabilities[5]).toBeGreaterThan(1e-3);
  expect(evaluation.causal?.replaced[5]).toBe(25_088);
  expect(evaluation.maps.map?.["kept-part"]).not.toEqual(evaluation.maps["centred Gaussian"]?.["kept-part"]);

  const photos = [{ image: "photo", explained: [], evaluation }];
  const [row] = tabulate(photos, "rise", [...MEASURES, ...measuresOf([keptPart])]).rows;
  expect(Object.keys(row?.measures ?? {})).toEqual(["deletion", "insertion", "difference", "keptProbability"]);
  expect(row?.measures.keptProbability?.mean).toBe((evaluation.maps.map as Record<string, KeptPart>)["kept-part"]?.probability);
  expect(Object.keys(tabulate(photos, "rise").rows[0]?.measures ?? {})).not.toContain("keptProbability");
});

test("what it does not take is refused, as are definitions that cannot be used", async () => {
  const wrong = (change: object) => ({ ...keptPart, ...change }) as unknown as Metric;
  for (const [options, message, fix] of [
    [{ metrics: [keptPart], parameters: { "kept-part": { share: 2 } } }, '"share" of Kept part is 2', "from 0.001 to 1"],
    [{ metrics: [keptPart], parameters: { "kept-part": { part: 2 } } }, 'no parameter "part"', "share"],
    [{ metrics: ["kept-part"] }, 'no metric "kept-part"', "give a definition"],
    [{ metrics: [undefined] }, "no metric", "causal, road, infidelity"],
    [{ metrics: [wrong({ name: "road" })] }, "name that is taken", "other than: causal"],
    [{ metrics: [wrong({ name: "maps" })] }, "name that is taken", "seconds"],
    [{ metrics: [wrong({ run: 3 })] }, "no function `run`", "CONTRIBUTING.md"],
    [{ metrics: [wrong({ measures: undefined })] }, "no usable measures", "`of`"],
    [{ metrics: [keptPart, wrong({})] }, 'Two metrics have the name "kept-part"', "Rename"],
    [{ metrics: [wrong({ run: async () => ({ maps: [] }) })] }, "Kept part has scores of 0 maps, and was given 4", "`maps`"],
  ] as [object, string, string][]) {
    expect(await rejected(evaluate(session, photo, { map }, { target, ...options })), message).toMatchObject({
      ...{ code: "BAD_OPTION", message: expect.stringContaining(message), fix: expect.stringContaining(fix) },
    });
  }
});
