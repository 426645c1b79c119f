/** Classifies a photo under every usual preprocessing, so that people see which one their classifier was trained with. */
import { OpenedPhoto } from "../classify/opened-photo.ts";
import type { PhotoSource } from "../classify/photo-sources.ts";
import { PREPROCESSINGS, type Preprocessing, preprocessingInput } from "../classify/preprocessing.ts";
import { type InputSpec, inputOf } from "../nets/input-spec.ts";
import { type ClassScore, predictAs } from "./prediction.ts";
import type { Session } from "./session.ts";
import { compileClassify } from "./session-state.ts";

/** What the classifier says of a photo under one preprocessing. */
export interface PreprocessingVerdict {
  readonly name: Preprocessing;
  /** The whole input, of the classifier's own size. */
  readonly input: InputSpec;
  readonly top5: readonly ClassScore[];
}

/**
 * The likeliest classes of a photo under every preprocessing that fits the classifier's channels, in the order of PREPROCESSINGS. A right one
 * mostly shows in a class that is right and clearly the likeliest. Throws BAD_IMAGE, NOT_FINITE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function comparePreprocessing(
  session: Session,
  photo: PhotoSource,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<PreprocessingVerdict[]> {
  return session.lend(options, async (loaded, { signal }) => {
    const { engine, teacher } = loaded;
    const channels = teacher.net.inputShape[2];
    const names = PREPROCESSINGS.filter((name) => channels === 3 || preprocessingInput(name).channels === undefined);
    const verdicts: PreprocessingVerdict[] = [];
    for (const name of names) {
      const input = inputOf({ ...teacher.input, channels: "rgb", ...preprocessingInput(name) }, channels);
      const opened = await OpenedPhoto.open(engine, photo, input);
      const classify = await engine.keep(() => compileClassify(loaded, input));
      try {
        opened.show(loaded.crop);
        verdicts.push({ name, input, top5: (await predictAs({ ...loaded, classify }, opened, signal)).top5 });
      } finally {
        classify.dispose();
      }
    }
    return verdicts;
  });
}
