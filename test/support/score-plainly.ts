import type { Teacher } from "../../src/classify/teacher.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { imageShape } from "../../src/nets/input-spec.ts";
import { tensorShape } from "../../src/ops/shape.ts";

/** The target's softmax probability, in float64, of images (height x width x 4, normalised) that are uploaded and seen one by one. */
export async function scorePlainly(
  teacher: Teacher,
  engine: Engine,
  images: readonly Float32Array<ArrayBuffer>[],
  target: number,
): Promise<number[]> {
  const image = engine.tensor("image", imageShape(teacher.input, 1));
  const logits = engine.tensor("logits", tensorShape(1, teacher.net.output.shape));
  const builder = new PlanBuilder(engine, "teacher");
  teacher.appendLogits(builder, 1, image, logits);
  const plan = await builder.compile();
  const scores: number[] = [];
  for (const values of images) {
    image.write(values);
    await plan.run();
    const scored = Array.from(await logits.read(teacher.classes));
    const largest = Math.max(...scored);
    const total = scored.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    scores.push(Math.exp((scored[target] as number) - largest) / total);
  }
  for (const thing of [plan, image, logits]) thing.dispose();
  return scores;
}
