/** An explanation from start to end: photo, verdict, map, report. */

import { cropOf } from "../classify/fit.ts";
import type { GivenPhoto } from "../classify/opened-photo.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { rememberPhoto } from "./explained-photo.ts";
import type { Explanation } from "./explanation.ts";
import type { Choice } from "./methods.ts";
import { prepareScene } from "./prediction.ts";
import type { Attempt } from "./recovery.ts";
import { makeScene } from "./scene.ts";

/**
 * Classifies a photo and explains the verdict, or the class `wanted`, by a method. `withVae` makes sure that the VAE is loaded. Throws what
 * the method throws, BAD_IMAGE, BAD_OPTION.
 */
export async function explainPhoto(
  { loaded, batch, signal, follow }: Attempt,
  withVae: () => Promise<void>,
  photo: GivenPhoto,
  options: ExplainOptions,
  choice: Choice,
  wanted: number | undefined,
): Promise<Explanation> {
  const began = performance.now();
  const { engine, teacher } = loaded;
  const { settings } = choice;
  const onProgress = follow(options.onProgress);
  if (choice.decodes) await withVae();
  onProgress?.({ stage: "classify", done: 0, total: 1 });
  const scene = makeScene(engine, teacher.input);
  try {
    const { top5, target, above, fit, shown } = await prepareScene(loaded, scene, photo, { target: wanted, signal }, settings.fit);
    onProgress?.({ stage: "classify", done: 1, total: 1 });
    const { facts, seconds, ...result } = await choice.run({
      engine,
      teacher,
      vae: loaded.vae,
      scene,
      target: target.index,
      above,
      ...{ batch, signal, onProgress },
    });
    const pixels = await scene.crop.read();
    const explanation: Explanation = {
      ...result,
      height: teacher.input.height,
      width: teacher.input.width,
      photo: shown.size,
      crop: cropOf(shown.size, shown.input),
      input: engine.work("input", () => Uint8ClampedArray.from(pixels, (value) => Math.round(value * 255))),
      target,
      top5,
      teacher: teacher.definition.name,
      method: choice.method.name,
      seed: settings.seed,
      settings: { ...settings, fit, ...facts },
      seconds: { total: (performance.now() - began) / 1000, ...seconds },
      memory: { budget: engine.budget, peak: engine.memory.peak },
    };
    return rememberPhoto(explanation, shown.source);
  } finally {
    scene.dispose();
  }
}
