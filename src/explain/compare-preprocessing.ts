/** Classifies a photo under every usual preprocessing, so that people see which one their classifier was trained with. */
import { type GivenPhoto, OpenedPhoto } from "../classify/opened-photo.ts";
import { PREPROCESSINGS, type Preprocessing, preprocessingInput } from "../classify/preprocessing.ts";
import { type InputSpec, inputOf } from "../nets/input-spec.ts";
import { type ClassScore, predictAs } from "./prediction.ts";
import { compileClassify, type Loaded } from "./session-state.ts";

/** What the classifier says of a photo under one preprocessing. */
export interface PreprocessingVerdict {
  readonly name: Preprocessing;
  /** The whole input, of the classifier's own size. */
  readonly input: InputSpec;
  readonly top5: readonly ClassScore[];
}

/** See `Session.comparePreprocessing`. */
export async function comparePreprocessing(
  loaded: Loaded,
  photo: GivenPhoto,
  signal: AbortSignal | undefined,
): Promise<PreprocessingVerdict[]> {
  const { engine, teacher } = loaded;
  const channels = teacher.net.inputShape[2];
  const names = PREPROCESSINGS.filter((name) => channels === 3 || preprocessingInput(name).channels === undefined);
  const source = photo instanceof OpenedPhoto ? photo.source : photo;
  const verdicts: PreprocessingVerdict[] = [];
  for (const name of names) {
    const input = inputOf({ ...teacher.input, channels: "rgb", ...preprocessingInput(name) }, channels);
    const opened = await OpenedPhoto.open(engine, source, input);
    const classify = await engine.keep(() => compileClassify(loaded, input));
    try {
      opened.show(loaded.crop);
      verdicts.push({ name, input, top5: (await predictAs({ ...loaded, classify }, opened, signal)).top5 });
    } finally {
      classify.dispose();
    }
  }
  return verdicts;
}
