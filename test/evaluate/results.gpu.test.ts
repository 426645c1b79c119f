import { afterAll, beforeAll, expect, test } from "vitest";
import { withFit } from "../../src/classify/fit.ts";
import { type Photo, preparePhoto } from "../../src/classify/photo.ts";
import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { causal } from "../../src/evaluate/causal.ts";
import { Evaluator } from "../../src/evaluate/evaluator.ts";
import { type MapEvaluation, METRICS } from "../../src/evaluate/metrics.ts";
import { PROTOCOLS } from "../../src/evaluate/protocols.ts";
import { RESULTS } from "../../src/evaluate/results.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { randomGrid, yardstick } from "../../src/evaluate/yardsticks.ts";
import { type ExplainOptions, settle } from "../../src/explain/explain-options.ts";
import { choose, METHODS } from "../../src/explain/methods.ts";
import { drawNeighbours } from "../../src/explain/relabel/synthetic-images.ts";
import { makeScene } from "../../src/explain/scene.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { Vae } from "../../src/zoo/vae.ts";
import golden from "../golden/results.json";
import { WRITE_GOLDEN } from "../support/long.ts";
import { decodeExample, fetchWeights } from "../support/photos.ts";
import { Random } from "../support/random.ts";
import { randomTensors } from "../support/random-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { loadTeacher, smallToyDefinition } from "../support/toy-teacher.ts";

/** Share of the range of values, or of a single value, by which adapters may differ. */
const TOLERANCE = 2e-3;
/** Every so many pixels, from a half of that on, a map is looked at. */
const STEP = 8;
const [HEIGHT, WIDTH] = [64, 80];

let engine: Engine;
let teacher: Teacher;
let vae: Vae;
let photo: Photo;
let target: number;
const scenes: ReturnType<typeof makeScene>[] = [];

beforeAll(async () => {
  engine = await sharedEngine();
  teacher = await waveringTeacher();
  vae = await Vae.load(engine, await openWeights(await fetchWeights("vae.safetensors"), "vae.safetensors"));
  photo = await decodeExample("coffee.jpg");
  const settings = settle({ samples: 2, synthesis: "paper", noiseScale: 1e-6 }, true);
  const request = { engine, teacher, vae, scene: await sceneOf("crop"), settings, target: 0, signal: undefined };
  const same = await drawNeighbours({ ...request, batch: { most: 2, exact: true } }, "pixels");
  same.dispose();
  target = same.choices[0] as number;
});

afterAll(() => {
  for (const scene of scenes) scene.dispose();
  vae.dispose();
  teacher.dispose();
});

/** A toy of small logits, so that labels shift as the photo is changed. */
async function waveringTeacher(): Promise<Teacher> {
  const definition = smallToyDefinition({ height: HEIGHT, width: WIDTH, classes: 10 });
  const tensors = randomTensors(definition.nodes(), 18);
  (tensors.get("head.bias") as Float32Array).fill(0);
  return loadTeacher(engine, definition, tensors);
}

async function sceneOf(fit: "crop" | "squash") {
  const scene = makeScene(engine, teacher.input);
  scenes.push(scene);
  await preparePhoto(engine, photo, withFit(teacher.input, fit), scene.crop, scene.small);
  return scene;
}

/** A map, or an image's channel, at places that lie in even distances. */
function sample(values: ArrayLike<number>, channels = 1): number[] {
  const [lines, columns] = [HEIGHT / STEP, WIDTH / STEP];
  const places = Array.from({ length: lines * columns }, (_, i) => [i % columns, Math.floor(i / columns)] as const);
  return places.map(([x, y]) => values[channels * ((y + 0.5) * STEP * WIDTH + (x + 0.5) * STEP)] as number);
}

/** Cheap variants of every method; what is not said is the default, so that another default is another result. */
const EXPLANATIONS: readonly ExplainOptions[] = [
  { samples: 16 },
  { samples: 16, student: "smooth" },
  { samples: 12, student: "ridge", gates: "random", keep: 0.5, fill: ["grey", "blur"] },
  { samples: 8, student: "correlation", synthesis: "residual", noiseScale: 1 },
  { samples: 8, synthesis: "paper", noiseScale: 8 },
  { method: "occlusion", parameters: { window: 64, stride: 56 } },
  { method: "rise", parameters: { masks: 24 } },
  { method: "score-cam" },
  { method: "lime", parameters: { samples: 24 } },
  { method: "grad-cam" },
  { method: "linear" },
  { method: "excitation" },
  { method: "extremal", parameters: { iterations: 2, areas: "0.1" } },
  { method: "fgvis", parameters: { iterations: 4 } },
];

async function compute(): Promise<Record<string, number[]>> {
  const numbers: Record<string, number[]> = {};
  const scene = await sceneOf("crop");
  const crop = await scene.crop.read();
  numbers.crop = sample(crop, 4);
  const { crop: other } = await sceneOf("squash");
  numbers.squash = sample(await other.read(), 4);
  for (const options of EXPLANATIONS) {
    const choice = choose({ ...options, seed: 3 }, true);
    const request = { engine, teacher, vae, scene, target, batch: { most: 8, exact: false } };
    const { map, degenerate } = await choice.run(request);
    expect(map, `${JSON.stringify(options)}: ${degenerate}`).toBeDefined();
    numbers[JSON.stringify(options)] = sample(map as Float32Array);
  }
  // Scattered pixels, whose neighbours are there: ROAD solves for them in no time.
  const mine = new Random(1).floats(HEIGHT * WIDTH);
  const [edges, gaussian] = (["edges", "centred Gaussian"] as const).map((name) => yardstick(name, crop, teacher.input, 0));
  Object.assign(numbers, {
    grid: sample(randomGrid(7, teacher.input)),
    edges: sample(edges as Float64Array),
    gaussian: sample(gaussian as Float64Array),
  });
  const evaluator = await Evaluator.create({ engine, teacher, batch: { most: 2, exact: true } });
  const short = { protocol: "xplique", samples: 8, shares: [0.3], parameters: { regions: { rectangles: 12 } } };
  const inside = { left: 8, top: 8, right: 40, bottom: 40 };
  const options = { ...short, target, yardsticks: [], seed: 3, metrics: METRICS, inside, other };
  const { causal: shared, maps } = await evaluator.evaluate(scene.crop, { mine }, options);
  const { causal: curves, road, infidelity, starts, regions, truth } = maps.mine as MapEvaluation;
  const single = { deletion: curves?.deletion.area, insertion: curves?.insertion.area, road: road?.combined, blank: shared?.ends.blank };
  for (const [name, value] of Object.entries({ ...single, infidelity: infidelity?.relative, auc: truth?.auc }))
    numbers[name] = [value as number];
  Object.assign(numbers, { starts: Object.values(starts ?? {}), regions: Object.values(regions?.fills ?? {}) });
  evaluator.dispose();
  const scorer = await Scorer.create({ engine, teacher, batch: { most: 8, exact: false } });
  await scorer.show(scene.crop);
  for (const protocol of PROTOCOLS) {
    // The middle of the curves is enough to tell what pixels are replaced by.
    const points = protocol.replaced(teacher.input);
    const all = points.at(-1) as number;
    const replaced = () => [0, Math.round(all / 2), all];
    const { ends, maps } = await causal(scorer, [mine], { ...protocol, replaced }, target);
    const [{ insertion }] = maps as [(typeof maps)[number]];
    numbers[protocol.name] = [...(ends.blurred === undefined ? [] : [ends.blurred]), ...insertion.probabilities];
    numbers[`points of ${protocol.name}`] = [...points];
  }
  scorer.dispose();
  return numbers;
}

test("results are those of the number RESULTS", async () => {
  const found = await compute();
  expect(new Set(EXPLANATIONS.map(({ method = "relabel" }) => method))).toEqual(new Set(METHODS.map(({ name }) => name)));
  if (WRITE_GOLDEN) {
    const rounded = Object.entries(found).map(([name, values]) => [name, values.map((value) => Number(value.toPrecision(8)))]);
    const text = `${JSON.stringify({ results: RESULTS, numbers: Object.fromEntries(rounded) })}\n`;
    return expect(text).toMatchFileSnapshot("../golden/results.json");
  }
  const stored: Record<string, number[]> = golden.numbers;
  const differing = Object.keys({ ...stored, ...found }).filter((name) => {
    const [before = [], now = []] = [stored[name], found[name]];
    const range = Math.max(...before) - Math.min(...before) || Math.abs(before[0] as number);
    return before.length !== now.length || !now.every((value, i) => Math.abs(value - (before[i] as number)) <= TOLERANCE * range);
  });
  const how = "write test/golden/results.json anew with `RELABEL_GOLDEN=1 npx vitest run test/evaluate/results.gpu.test.ts -u`";
  expect(differing, `Results changed: raise RESULTS in src/evaluate/results.ts, and ${how}`).toEqual([]);
  expect(golden.results, `RESULTS was raised: ${how}`).toBe(RESULTS);
}, 300_000);
