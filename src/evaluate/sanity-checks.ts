/** Runs the checks of a method on a photo, for the command `check` and for embedders. */
import { appendNormalise } from "../classify/compose.ts";
import type { GivenPhoto } from "../classify/opened-photo.ts";
import { appendShrink } from "../classify/photo.ts";
import type { Teacher } from "../classify/teacher.ts";
import type { Names } from "../engine/check-names.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError, throwIfAborted } from "../engine/errors.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { EXPLAIN } from "../explain/call-options.ts";
import type { ExplainOptions } from "../explain/explain-options.ts";
import { type Choice, choose } from "../explain/methods.ts";
import { type ClassScore, prepareScene } from "../explain/prediction.ts";
import { makeScene, type Scene } from "../explain/scene.ts";
import type { Session } from "../explain/session.ts";
import { resolveTarget } from "../explain/targets.ts";
import { tensorShape } from "../ops/shape.ts";
import { checkArguments, checkList } from "./check-arguments.ts";
import { type Agreement, seedAgreement } from "./correlation.ts";
import { type RandomisedLayer, randomisationCheck, teacherModules } from "./randomisation.ts";
import { maxSensitivity, type SensitivityResult } from "./sensitivity.ts";

/** Questions about a method itself, not about the score of one map. */
export const CHECKS = ["randomisation", "seeds", "sensitivity"] as const;

/** One of CHECKS. */
export type Check = (typeof CHECKS)[number];

/** How far the checks are. */
export interface CheckProgress {
  readonly check: Check | undefined;
  /** Explanations made, and to be made, about. */
  readonly done: number;
  readonly total: number;
  /** The GPU device was lost, and all begins again on another one. */
  readonly restarting?: true;
}

/** Which checks to make, and the options of the explanations that are checked. */
export interface CheckOptions extends Omit<ExplainOptions, "profile" | "onProgress"> {
  /** All by default. */
  checks?: readonly Check[] | undefined;
  /** Maps of other seeds that `seeds` compares, the first among them; 3 by default. */
  seeds?: number | undefined;
  /** Modules that `randomisation` makes random, from the class scores down; all by default. */
  modules?: number | undefined;
  /** Photos with noise that `sensitivity` explains; 10 by default. */
  neighbours?: number | undefined;
  onProgress?: ((progress: CheckProgress) => void) | undefined;
}

/** Plain data. What was not asked for is absent. */
export interface CheckReport {
  readonly teacher: string;
  readonly method: string;
  readonly title: string;
  readonly target: ClassScore;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Why the photo has no map, and so nothing could be checked. */
  readonly degenerate?: string;
  /**
   * Of modules from the class scores down, each step with one more of them random. A random teacher may give the class no chance wherever the
   * photo is changed, so that it has no map: then its own first choice is explained, and the step says so.
   */
  readonly randomisation?: readonly (RandomisedLayer & { readonly ownChoice?: true })[];
  /** Of the maps of several seeds; undefined where fewer than two had a map. */
  readonly seeds?: Agreement;
  readonly sensitivity?: SensitivityResult;
  readonly explanations: number;
  readonly seconds: number;
}

const { profile: _, ...OF_EXPLANATIONS } = EXPLAIN;
const NAMES = {
  ...OF_EXPLANATIONS,
  ...{ checks: 1, seeds: 1, modules: 1, neighbours: 1 },
} satisfies Names<CheckOptions>;
const [SEEDS, NEIGHBOURS] = [3, 10];
/** Seeds of the random weights and of the noise: of other streams than a method's, so that they may be the same. */
const CHECK_SEED = 0;

/**
 * Checks a method on a photo: whether its map changes with the teacher's weights (model randomisation), how far it depends on the seed, and
 * how far on changes of the photo that nobody sees. Each costs several explanations. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY,
 * DEVICE_LOST.
 */
export async function check(session: Session, photo: GivenPhoto, options: CheckOptions = {}): Promise<CheckReport> {
  checkArguments(session, options, "check", NAMES);
  const {
    checks = CHECKS,
    seeds = SEEDS,
    neighbours = NEIGHBOURS,
    modules: most = Number.POSITIVE_INFINITY,
    onProgress: report,
    ...rest
  } = options;
  checkList("check", checks, CHECKS);
  atLeast("The number of seeds", seeds, 2);
  atLeast("The number of neighbours", neighbours, 1);
  if (most !== Number.POSITIVE_INFINITY) atLeast("The number of modules", most, 1);
  const wanted = await resolveTarget(rest.target, session.labels);
  const chooseBy = (seed: number | undefined) => choose({ ...rest, seed }, session.adapter.software);
  const choice = chooseBy(rest.seed);
  const first = choice.settings.seed;
  const began = performance.now();
  const onRestart = () => report?.({ check: undefined, done: 0, total: 1, restarting: true });
  return session.lend({ signal: options.signal, onRestart }, async (loaded, lease) => {
    const { batch, signal, withVae, openWeights, precision, activations } = lease;
    const onProgress = lease.follow(report);
    if (choice.decodes) await withVae();
    const { engine, teacher } = loaded;
    const modules = (await teacherModules(teacher)).slice(0, most);
    const counts = { randomisation: modules.length, seeds: seeds - 1, sensitivity: neighbours };
    const total = checks.reduce((sum, name) => sum + counts[name], 1);
    let [done, current] = [0, undefined as Check | undefined];
    const scene = makeScene(engine, teacher.input);
    try {
      const { target, above, fit } = await prepareScene(loaded, scene, photo, { target: wanted, signal }, choice.settings.fit);
      let degenerate: string | undefined;
      const usual = { index: target.index, above };
      const explain = async (by: Choice, asked: Teacher, crop: Tensor, { index, above } = usual) => {
        onProgress?.({ check: current, done: Math.min(done, total - 1), total });
        const request = { engine, teacher: asked, vae: loaded.vae, scene: { ...scene, crop }, target: index, above, batch, signal };
        const { map, degenerate: reason } = await by.run(request);
        throwIfAborted(signal);
        degenerate = reason;
        done++;
        return map;
      };
      const made = () => ({ explanations: done, seconds: (performance.now() - began) / 1000 });
      const { name: method, title } = choice.method;
      const report = { teacher: teacher.definition.name, method, title, target, settings: { ...choice.settings, fit } };
      const reference = await explain(choice, teacher, scene.crop);
      if (!reference) return { ...report, ...(degenerate ? { degenerate } : {}), ...made() };

      const run: Record<Check, () => Promise<Partial<CheckReport>>> = {
        async randomisation() {
          const request = { engine, teacher, file: await openWeights(), precision, activations };
          const own: boolean[] = [];
          const byAnother = async (another: Teacher) => {
            // Another teacher has its own opinion of the photo, which is what its labels keep.
            const logits = await logitsOf(engine, another, scene.crop);
            const choose = (index: number) => ({ index, above: (logits[index] as number) >= 0 });
            const map = await explain(choice, another, scene.crop, choose(target.index));
            own.push(!map);
            return map ?? explain(choice, another, scene.crop, choose(logits.indexOf(Math.max(...logits))));
          };
          const layers = await randomisationCheck(request, reference, byAnother, { modules, seed: CHECK_SEED, signal });
          return { randomisation: layers.map((layer, step) => (own[step] ? { ...layer, ownChoice: true } : layer)) };
        },
        async seeds() {
          const maps: ArrayLike<number>[] = [reference];
          for (let i = 1; i < seeds; i++) {
            const map = await explain(chooseBy((first + i) >>> 0), teacher, scene.crop);
            if (map) maps.push(map);
          }
          return maps.length > 1 ? { seeds: seedAgreement(maps) } : {};
        },
        async sensitivity() {
          const ofAnother = async (crop: Tensor) => {
            await shrink(engine, crop, scene);
            return explain(choice, teacher, crop);
          };
          const shared = { engine, teacher, crop: scene.crop };
          const sensitivity = await maxSensitivity(shared, reference, ofAnother, { samples: neighbours, seed: CHECK_SEED, signal });
          await shrink(engine, scene.crop, scene);
          return { sensitivity };
        },
      };
      const found: Partial<CheckReport> = {};
      for (const name of checks) {
        current = name;
        Object.assign(found, await run[name]());
      }
      onProgress?.({ check: current, done: total, total });
      return { ...report, ...found, ...made() };
    } finally {
      scene.dispose();
    }
  });
}

/** What a teacher says of a photo. */
async function logitsOf(engine: Engine, teacher: Teacher, crop: Tensor): Promise<Float32Array> {
  const plan = new PlanBuilder(engine, "classify");
  const images = plan.temporary("normalised photo", [1, ...crop.shape]);
  const logits = engine.tensor("logits", tensorShape(1, teacher.net.output.shape));
  try {
    appendNormalise(plan, teacher.input, crop, images);
    teacher.appendLogits(plan, 1, images, logits);
    await plan.once();
    return await logits.read(teacher.classes);
  } finally {
    logits.dispose();
  }
}

/** What the VAE sees of another photo. */
async function shrink(engine: Engine, crop: Tensor, { small }: Scene): Promise<void> {
  const plan = new PlanBuilder(engine, "shrink");
  appendShrink(plan, crop, small);
  await plan.once();
}

function atLeast(what: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new EngineError("BAD_OPTION", `${what} is ${value}.`, `Give a whole number from ${least} on.`);
  }
}
