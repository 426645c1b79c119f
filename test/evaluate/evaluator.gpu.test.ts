import { afterAll, beforeAll, expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import type { Teacher } from "../../src/classify/teacher.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { causal } from "../../src/evaluate/causal.ts";
import { type EvaluationProgress, Evaluator } from "../../src/evaluate/evaluator.ts";
import { findProtocol } from "../../src/evaluate/protocols.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { tabulate } from "../../src/evaluate/table.ts";
import { randomGrid } from "../../src/evaluate/yardsticks.ts";
import { rejected } from "../support/errors.ts";
import { decodeExample } from "../support/photos.ts";
import { Random } from "../support/random.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { smallToy } from "../support/toy-teacher.ts";

const [HEIGHT, WIDTH] = [64, 80];
const PIXELS = HEIGHT * WIDTH;
/** The photos' first choice, whose probability varies as they are changed. */
const TARGET = 8;
const TOY = smallToy({ height: HEIGHT, width: WIDTH, classes: 10 });

let engine: Engine;
let teacher: Teacher;
const crops: Tensor[] = [];

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await TOY.load(engine);
  for (const name of ["cat", "coffee"]) {
    const crop = engine.tensor(name, [HEIGHT, WIDTH, 4]);
    await preparePhoto(engine, await decodeExample(`${name}.jpg`), teacher.input, crop);
    crops.push(crop);
  }
});

afterAll(() => {
  teacher.dispose();
});

test("every metric of several maps and the yardsticks, as plain data, photo after photo on the same plans", async () => {
  const evaluator = await Evaluator.create({ engine, teacher, batch: { most: 8, exact: true } });
  const progress: EvaluationProgress[] = [];
  const map = new Random(1).floats(PIXELS);
  const options = { target: TARGET, protocol: "xplique", seed: 3 };
  const metrics = ["causal", "infidelity"] as const;
  const first = await evaluator.evaluate(
    crops[0] as Tensor,
    { mine: map },
    { ...options, metrics, samples: 7, onProgress: (step) => progress.push(step) },
  );
  const used = engine.memory.used;
  const second = await evaluator.evaluate(crops[1] as Tensor, { mine: map }, options);
  expect(engine.memory.used).toBeLessThanOrEqual(used);
  expect(JSON.parse(JSON.stringify(first))).toEqual(first);
  expect(Object.keys(first.maps)).toEqual(["mine", "random grid", "centred Gaussian", "edges"]);
  expect(first).toMatchObject({
    teacher: "small toy",
    target: TARGET,
    seed: 3,
    causal: { protocol: "xplique" },
    infidelity: { samples: 7 },
  });
  expect(first).not.toHaveProperty("road");
  expect(second.maps.mine).not.toHaveProperty("infidelity");
  expect(first.forward).toBe(Math.ceil((3 + 4 * 18) / 8) * 8 + 8);
  expect(progress.at(-1)).toEqual({ metric: "infidelity", done: 8, total: 8 });
  expect(second.causal?.ends.original).not.toBe(first.causal?.ends.original);

  const scorer = await Scorer.create({ engine, teacher, batch: { most: 8, exact: true } });
  await scorer.show(crops[1] as Tensor);
  const alone = await causal(scorer, [map, randomGrid(3, teacher.input)], findProtocol("xplique"), TARGET);
  scorer.dispose();
  expect(second.maps.mine?.causal?.deletion.area).toBeCloseTo(alone.maps[0]?.deletion.area as number, 6);
  expect(second.maps["random grid"]?.causal?.insertion.area).toBeCloseTo(alone.maps[1]?.insertion.area as number, 6);

  const differences = [first, second].map(({ maps }) => maps.mine?.causal?.difference as number) as [number, number];
  const photos = [first, second].map((evaluation) => ({ image: "", explained: [], evaluation }));
  const mine = tabulate(photos, "random grid").rows.find(({ name }) => name === "mine");
  const { difference, infidelity, road } = mine?.measures ?? {};
  expect(difference?.mean).toBeCloseTo((differences[0] + differences[1]) / 2, 12);
  expect([difference?.count, infidelity?.count, road]).toEqual([2, 1, undefined]);
  const grids = [first, second].map(({ maps }) => maps["random grid"]?.causal?.difference as number) as [number, number];
  const paired = mine?.against?.difference;
  expect(paired?.error).toBeCloseTo(Math.abs(differences[0] - grids[0] - differences[1] + grids[1]) / 2, 12);
  evaluator.dispose();
});

test("ROAD beside the others, for one map alone", async () => {
  const evaluator = await Evaluator.create({ engine, teacher, batch: { most: 6, exact: true } });
  const map = new Random(2).floats(PIXELS);
  const { maps, road, forward } = await evaluator.evaluate(
    crops[0] as Tensor,
    { mine: map },
    { target: TARGET, metrics: ["road"], yardsticks: [], shares: [0.1, 0.3, 0.5] },
  );
  evaluator.dispose();
  expect(Object.keys(maps)).toEqual(["mine"]);
  expect(maps.mine?.road?.leastFirst.probabilities).toHaveLength(3);
  expect(road?.solver.residual).toBeLessThan(5e-7);
  expect(forward).toBe(6);
});

test("the batch is what a memory budget allows, and the budget holds", async () => {
  const memory = 6e6;
  const tight = await Engine.create({ memory });
  const small = await TOY.load(tight);
  const crop = tight.tensor("crop", [HEIGHT, WIDTH, 4]).write(await (crops[0] as Tensor).read());
  const scorer = await Scorer.create({ engine: tight, teacher: small, batch: { most: 32, exact: false } });
  expect(scorer.batch).toBeGreaterThan(1);
  expect(scorer.batch).toBeLessThan(32);
  scorer.dispose();
  const evaluator = await Evaluator.create({ engine: tight, teacher: small, batch: { most: 32, exact: false } });
  await evaluator.evaluate(crop, {}, { target: TARGET, protocol: "xplique", metrics: ["causal", "infidelity"], samples: 3 });
  expect(tight.memory.peak).toBeLessThanOrEqual(memory);
  evaluator.dispose();
  small.dispose();
  tight.dispose();
});

test("what it does not know is refused", async () => {
  const evaluator = await Evaluator.create({ engine, teacher, batch: { most: 1, exact: true } });
  const crop = crops[0] as Tensor;
  const map = randomGrid(1, teacher.input);
  for (const [maps, options] of [
    [{ a: map }, { target: 10 }],
    [{ a: map }, { target: 1, protocol: "mine" }],
    [{ a: map }, { target: 1, metrics: ["deletion"] }],
    [{ a: map }, { target: 1, yardsticks: ["noise"] }],
    [{ edges: map }, { target: 1 }],
    [{}, { target: 1, yardsticks: [] }],
  ] as unknown as Parameters<Evaluator["evaluate"]> extends [Tensor, ...infer Rest] ? Rest[] : never) {
    expect(await rejected(evaluator.evaluate(crop, maps, options))).toMatchObject({ code: "BAD_OPTION" });
  }
  evaluator.dispose();
});
