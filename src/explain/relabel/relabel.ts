/** The method `relabel` from synthesis to map: the default, and what this project is about. */
import { drawAll } from "../../classify/sampling-loop.ts";
import type { Engine } from "../../engine/engine.ts";
import { PlanBuilder, type RunOptions } from "../../engine/plan.ts";
import { imageShape, pixelUnit } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { appendBlur } from "../blur.ts";
import type { Settings } from "../explain-options.ts";
import type { MethodRequest, MethodResult } from "../method.ts";
import { atLeast, spearman, stepUp } from "../rank-correlation.ts";
import { appendStretch, readChannel } from "../stretch.ts";
import { ADAPT_FIRST, adapt, summarise } from "./adapt.ts";
import { CorrelationStudent } from "./correlation-student.ts";
import { encodeScene } from "./encode-scene.ts";
import { judge, type Quality } from "./quality.ts";
import { BLOCK, halvesOf, STUDENT_PLANS, type Student } from "./student.ts";
import { createSynthesizer, type Synthesizer } from "./synthesis.ts";

/** Samples that halves need to tell how far they agree: the second block may be short of a few. */
const LEAST_FOR_HALVES = 240;
/** Of a gate: no map has more independent values. */
const GATE_CELLS = 49;

export type RelabelRequest = MethodRequest<Settings>;

export interface RelabelResult extends MethodResult {
  shiftedShare: number;
  /** Share of samples on which the student, cut at the teacher's own share, gives the teacher's label; undefined without a student, and after an abort. */
  studentAgreement: number | undefined;
  /** Standard deviation of the target's probability over the samples: how much hiding parts matters. */
  deviation: number;
  /**
   * How far another run of as many samples would draw the same map, at least: Spearman's correlation of the maps of two halves of the samples, the lower
   * end of its one-sided 95 % interval, stepped up to all of them (Spearman 1910, Brown 1910). Undefined of fewer than 240 samples, and of students that keep theirs.
   */
  reliability: number | undefined;
  /** The two in words; undefined without a map. */
  quality: Quality | undefined;
  /** How the teacher sees the plain reconstruction, decode(mu); absent in gated synthesis, which does not decode the photo. */
  reconstruction?: { probability: number; keepsLabel: boolean };
  seconds: { encode: number; synthesize: number; teacher: number; distil: number };
}

/**
 * Re-label distillation (Hua et al.): draws synthetic neighbours of the photo (eqs. 3-4), has the teacher say of each whether it is
 * still the target class (eq. 6), and distils a linear student from those labels (eqs. 1, 2, 7), whose weights are the map.
 * An abort keeps the map of the samples so far, if they are 32 or more. Throws ABORTED before that, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function relabel(request: RelabelRequest): Promise<RelabelResult> {
  const { engine, settings, onProgress, signal } = request;
  const options: RunOptions = { signal };
  const before = stageSeconds(engine);
  onProgress?.({ stage: "encode", done: 0, total: 1 });
  await encodeScene(request, options);
  onProgress?.({ stage: "encode", done: 1, total: 1 });
  const synthesizer = await createSynthesizer(request);
  let student: Student | undefined;
  try {
    const facts: Record<string, number> = { batch: synthesizer.batch };
    const reconstruction = settings.synthesis === "gated" ? undefined : await reconstruct(synthesizer, settings, options);
    const strength = await adapt(synthesizer, settings, options, onProgress);
    if (strength !== undefined) facts[settings.synthesis === "gated" ? "keep" : "noiseScale"] = strength;
    student = await createStudent(request, synthesizer, strength);
    const { samples, settled } = await drawSamples(request, synthesizer, student, options);
    const aborted = !settled && samples < settings.samples;
    // After an abort the samples so far are still worth a map.
    const rest: RunOptions = aborted ? {} : options;
    const labels = await synthesizer.labels.read(samples * 4);
    const split = summarise(labels);
    let map: Float32Array | undefined;
    let [agreement, reliability]: (number | undefined)[] = [];
    if (!split.degenerate) {
      onProgress?.({ stage: "distil", done: 0, total: 1 });
      await student.fit(samples, true, rest);
      map = await readMap(request, student, rest);
      // Whoever stops waits for the map alone.
      if (!aborted) {
        const scores = await student.scores(samples, options);
        agreement = engine.work("agreement", () => agreementOf(scores, labels));
      }
      Object.assign(facts, await student.facts());
      reliability = await reliabilityOf(student, samples, rest);
      onProgress?.({ stage: "distil", done: 1, total: 1, map, shiftedShare: split.shiftedShare });
    }
    await engine.finish();
    const after = stageSeconds(engine);
    const seconds = Object.fromEntries(
      Object.entries(after).map(([stage, value]) => [stage, value - before[stage as keyof typeof before]]),
    );
    return {
      ...{ map, aborted, samples, facts, ...split },
      passes: { forward: synthesizer.forward, backward: 0 },
      ...{ studentAgreement: agreement, reliability },
      quality: map && judge({ samples, ...split, reliability }),
      ...(reconstruction ? { reconstruction } : {}),
      seconds: seconds as RelabelResult["seconds"],
    };
  } finally {
    student?.dispose();
    synthesizer.dispose();
  }
}

/** Students other than the default are loaded when they are asked for. */
async function createStudent(
  { engine, settings, scene }: RelabelRequest,
  synthesizer: Synthesizer,
  strength: number | undefined,
): Promise<Student> {
  const gates = { seed: settings.seed, balanced: settings.gates === "balanced" ? 1 : 0, keep: strength ?? 0.5 };
  const { student, synthesis } = settings;
  if (student === "correlation" && synthesis === "gated") return CorrelationStudent.create(engine, synthesizer, gates);
  if (student === "smooth") return (await import("./smooth.ts")).SmoothStudent.create(engine, synthesizer, gates);
  return (await import("./stored-student.ts")).StoredStudent.create(engine, synthesizer, settings, scene);
}

/** Draws every batch for the student, or as many as its map needs to settle; fewer samples than that after an abort. */
async function drawSamples(request: RelabelRequest, synthesizer: Synthesizer, student: Student, options: RunOptions) {
  const { samples: total, until } = request.settings;
  let settled = false;
  const agree = async (drawn: number) => {
    const agrees = ((await reliabilityOf(student, drawn, {})) ?? 0) >= (until as number);
    // Where too few labels have shifted for a map, more samples may bring them.
    settled = agrees && !summarise(await synthesizer.labels.read(drawn * 4)).degenerate;
    return settled;
  };
  const preview = async (drawn: number) => {
    await student.fit(drawn, false, {});
    return readMap(request, student, {});
  };
  const samples = await drawAll(request, {
    ...{ stage: "sample", total, batch: synthesizer.batch, block: BLOCK },
    async run(first, count) {
      await synthesizer.run(first, count, options);
      await student.observe(first, count, options);
    },
    preview: student.anytime ? preview : undefined,
    settled: until === undefined ? undefined : agree,
  });
  return { samples, settled };
}

/** How the teacher sees the plain reconstruction: the first deviate scaled by nothing. */
async function reconstruct(synthesizer: Synthesizer, settings: Settings, options: RunOptions) {
  synthesizer.drawing.strength = 1e-12;
  await synthesizer.run(ADAPT_FIRST, synthesizer.batch, options, 0);
  const [probability, same] = await synthesizer.labels.read(4);
  synthesizer.drawing.strength = settings.noiseScale ?? 1;
  return { probability: probability as number, keepsLabel: same === 1 };
}

async function reliabilityOf(student: Student, samples: number, options: RunOptions): Promise<number | undefined> {
  const halves = samples < LEAST_FOR_HALVES ? undefined : await student.halves?.(samples, options);
  return halves && stepUp(atLeast(spearman(...halves), GATE_CELLS), ...halvesOf(samples));
}

/** Share of equal labels when the student keeps as many samples, its highest scores, as the teacher does. */
function agreementOf(scores: Float32Array, labels: Float32Array): number {
  const order = Array.from(scores.keys()).sort((a, b) => (scores[b] as number) - (scores[a] as number));
  const kept = order.filter((i) => labels[4 * i + 1] === 1).length;
  const hits = order.slice(0, kept).filter((i) => labels[4 * i + 1] === 1).length;
  return 1 - (2 * (kept - hits)) / order.length;
}

/** The student's weights as a map of the input's size. */
async function readMap({ engine, teacher: { input } }: RelabelRequest, student: Student, options: RunOptions): Promise<Float32Array> {
  const { cells, channels, blur } = student;
  const plan = new PlanBuilder(engine, "distil");
  const small = plan.temporary("map", [cells, cells, 4]);
  const wide = imageShape(input);
  const map = engine.tensor("stretched map", wide);
  const upsampled = blur > 0 ? plan.temporary("map before smoothing", wide) : map;
  plan.dispatch(kernels.saliency, {
    bindings: { w: student.weights, out: small },
    uniforms: { cells: cells * cells, channels },
    threads: [cells * cells],
  });
  appendStretch(plan, small, upsampled);
  if (blur > 0) appendBlur(plan, upsampled, plan.temporary("map, blurred along x", wide), map, blur * pixelUnit(input));
  try {
    await plan.once(options);
    return await readChannel(map);
  } finally {
    map.dispose();
  }
}

function stageSeconds(engine: Engine): RelabelResult["seconds"] {
  const spent = (label: string) => engine.pace.spent(label);
  return {
    encode: spent("encode"),
    synthesize: spent("synthesize"),
    teacher: spent("teacher"),
    distil: STUDENT_PLANS.reduce((sum, plan) => sum + spent(plan), 0),
  };
}
