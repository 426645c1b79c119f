import { expect, test } from "vitest";
import { preparePhoto } from "../../src/classify/photo.ts";
import { drawCurvePictures } from "../../src/evaluate/curve-pictures.ts";
import { findProtocol } from "../../src/evaluate/protocols.ts";
import { Scorer } from "../../src/evaluate/scorer.ts";
import { imageShape } from "../../src/nets/input-spec.ts";
import { blurPlainly } from "../support/blur-plainly.ts";
import { rejected } from "../support/errors.ts";
import { decodeExample } from "../support/photos.ts";
import { Random } from "../support/random.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { smallToy } from "../support/toy-teacher.ts";

const SIZE = { height: 40, width: 56 };
const PIXELS = SIZE.height * SIZE.width;

/** A scorer that has the cat. */
async function scorerOfCat(): Promise<Scorer> {
  const engine = await sharedEngine();
  const teacher = await smallToy({ ...SIZE, classes: 10 }).load(engine);
  const crop = engine.tensor("cat", imageShape(teacher.input));
  await preparePhoto(engine, await decodeExample("cat.jpg"), teacher.input, crop);
  const scorer = await Scorer.create({ engine, teacher, batch: { most: 4, exact: true } });
  await scorer.show(crop);
  return scorer;
}

test.each(["rise-fast", "group-cam"])("the photo, its mean grey, and the blur of %s", async (name) => {
  const scorer = await scorerOfCat();
  const { input } = scorer.teacher;
  const protocol = findProtocol(name);
  const map = new Random(5).floats(PIXELS);
  const { ranks, photo, blank, start, height, width } = await drawCurvePictures(scorer, map, protocol);
  expect({ height, width }).toEqual(SIZE);
  const order = [...map.keys()].sort((a, b) => (map[b] as number) - (map[a] as number));
  expect([...ranks].map((rank) => order[rank])).toEqual([...map.keys()]);

  const normalised = await scorer.photo.read();
  const blurred = blurPlainly(normalised, SIZE, (protocol.insertion as (size: typeof input) => never)(input));
  const crop = await scorer.crop.read();
  const bytes = (values: ArrayLike<number>, at: number) => {
    const colour = at % 4;
    return colour === 3 ? 255 : 255 * ((values[at] as number) * (input.deviation[colour] as number) + (input.mean[colour] as number));
  };
  for (let at = 0; at < 4 * PIXELS; at++) {
    if (at % 4 !== 3) expect(Math.abs((photo[at] as number) - 255 * (crop[at] as number))).toBeLessThan(0.51);
    expect(Math.abs((start[at] as number) - Math.min(255, Math.max(0, bytes(blurred, at))))).toBeLessThan(0.51);
    expect(blank[at]).toBe(at % 4 === 3 ? 255 : Math.round(255 * (input.mean[at % 4] as number)));
  }
});

test("a protocol without a blur starts from the mean grey; what is no map is refused", async () => {
  const scorer = await scorerOfCat();
  const { blank, start } = await drawCurvePictures(scorer, new Float32Array(PIXELS), findProtocol("xplique"));
  expect(start).toEqual(blank);
  const error = await rejected(drawCurvePictures(scorer, new Float32Array(3), findProtocol("rise")));
  expect(error).toMatchObject({ code: "BAD_OPTION", message: `The map is not of ${PIXELS} finite numbers.` });
});
