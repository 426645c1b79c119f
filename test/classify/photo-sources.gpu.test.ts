import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Photo, type PhotoSource, Session } from "../../src/index.ts";
import { rejected } from "../support/errors.ts";
import { ownClassifier } from "../support/own-classifier.ts";
import { decodeExample } from "../support/photos.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const CAT = new URL("/examples/cat.jpg", location.href);

let session: Session;
let pixels: Photo;
let expected: Float32Array;

beforeAll(async () => {
  session = await Session.create({
    device: await sharedDevice(),
    model: ownClassifier({ height: 32, width: 48, channels: 3, classes: 4 }).classifier,
  });
  pixels = await decodeExample("cat.jpg");
  expected = (await session.classify(pixels)).logits;
});

afterAll(() => session.dispose());

async function image(): Promise<HTMLImageElement> {
  const element = new Image();
  element.src = CAT.href;
  return element;
}

async function canvas<C extends OffscreenCanvas | HTMLCanvasElement>(made: C): Promise<C> {
  Object.assign(made, { width: pixels.width, height: pixels.height });
  const context = made.getContext("2d") as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  context.drawImage(await createImageBitmap(await (await fetch(CAT)).blob()), 0, 0);
  return made;
}

describe("a photo is the same photo", () => {
  test.each<[string, () => Promise<PhotoSource>]>([
    ["as a Blob", async () => (await fetch(CAT)).blob()],
    ["as a File", async () => new File([await (await fetch(CAT)).blob()], "cat.jpg")],
    ["as a URL", async () => CAT],
    ["as an image element that has not loaded yet", image],
    ["as an ImageBitmap", async () => createImageBitmap(await (await fetch(CAT)).blob())],
    ["as an OffscreenCanvas", () => canvas(new OffscreenCanvas(1, 1))],
    ["as a canvas", () => canvas(document.createElement("canvas"))],
    ["as ImageData", async () => new ImageData(new Uint8ClampedArray(pixels.data), pixels.width, pixels.height)],
  ])("%s", async (_, source) => {
    expect((await session.classify(await source())).logits).toEqual(expected);
  });

  test("as a frame of a video, but for its colours' rounding", async () => {
    const frame = new VideoFrame(await canvas(new OffscreenCanvas(1, 1)), { timestamp: 0 });
    const { logits } = await session.classify(frame);
    frame.close();
    const largest = Math.max(...expected.map(Math.abs));
    expect(Math.max(...logits.map((logit, i) => Math.abs(logit - (expected[i] as number))))).toBeLessThan(0.02 * largest);
  });

  test("opened, explained", async () => {
    const opened = await session.open(CAT);
    expect((await session.classify(opened)).logits).toEqual(expected);
    const rise = { method: "rise", parameters: { masks: 8 } };
    expect((await session.explain(CAT, rise)).map).toEqual((await session.explain(pixels, rise)).map);
  });

  test("what is transparent lies on white", async () => {
    const [clear, white] = [new OffscreenCanvas(40, 30), new OffscreenCanvas(40, 30)];
    clear.getContext("2d")?.clearRect(0, 0, 40, 30);
    const context = white.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.fillStyle = "white";
    context.fillRect(0, 0, 40, 30);
    expect((await session.classify(clear)).logits).toEqual((await session.classify(white)).logits);
  });
});

const PAGE = new URL("data:text/html,<p>none");

test.each<[string, unknown, RegExp, RegExp]>([
  ["nothing", undefined, /^The photo is undefined/, /Give a File, Blob or URL object/],
  ["a text", "cat.jpg", /^The photo is cat\.jpg/, /Give a File/],
  [
    "a file that is no image",
    new Blob(["no image"]),
    /cannot be decoded: it is a file of unknown type and 8 bytes\.$/,
    /this browser shows/,
  ],
  ["a text file", new File(["x"], "a.txt", { type: "text/plain" }), /a file a\.txt of type text\/plain and 1 bytes/, /this browser shows/],
  ["a page in a photo's place", PAGE, /a file of type text\/html and \d+ bytes from data:text\/html/, /servers send a page/],
  ["an object of something else", {}, /^The photo is an object\.$/, /Give a File/],
  ["a list", [], /^The photo is a list\.$/, /Give a File/],
  ["an element", document.createElement("div"), /^The photo is a div element\.$/, /an image, canvas or video/],
  ["an input", document.createElement("input"), /^The photo is an input element\.$/, /input\.files\[0\]/],
  ["an image without a source", new Image(), /is an image without a source/, /src/],
  [
    "an image of nothing",
    Object.assign(new Image(), { src: "/nowhere.png" }),
    /is an image that cannot be .* from .*nowhere\.png/,
    /address/,
  ],
  ["an empty canvas", new OffscreenCanvas(0, 5), /is an empty canvas, of 0 x 5 pixels/, /Draw/],
  ["a video without a frame", document.createElement("video"), /is a video that shows no frame yet/, /loadeddata/],
  ["a context", new OffscreenCanvas(1, 1).getContext("2d"), /RenderingContext2D/, /Give its canvas/],
  ["a promise", Promise.resolve(), /is a promise/, /Await/],
  ["the bytes of a file", new Uint8Array(9), /is of the kind Uint8Array/, /new Blob\(\[bytes\]\)/],
  ["pixels in a list", { width: 1, height: 1, data: [0, 0, 0, 0] }, /has data that is a list/, /Uint8ClampedArray/],
  ["pixels that are no bytes", { width: 1, height: 1, data: new Float32Array(4) }, /1 x 1 cannot have 4 values in 16 bytes/, /RGBA bytes/],
  ["a value a pixel", { width: 1, height: 1, data: new Float32Array(1) }, /1 x 1 cannot have 1 values in 4 bytes/, /RGBA bytes/],
  ["an address of nothing", new URL("/examples/nowhere.jpg?raw", location.href), /cannot be/, /./],
  ["too few bytes", { width: 2, height: 2, data: new Uint8Array(3) }, /2 x 2 cannot have 3 values in 3 bytes/, /RGBA bytes/],
])("%s is refused by name", async (_, source, message, fix) => {
  expect(await rejected(session.classify(source as Photo))).toMatchObject({
    code: "BAD_IMAGE",
    message: expect.stringMatching(message),
    fix: expect.stringMatching(fix),
  });
});
