import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Visitor } from "./visitor.ts";

const CAT = "examples/cat.jpg";

describe("photos on the page", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arrive({ developed: true });
    await visitor.load();
  }, 180_000);

  afterAll(() => visitor?.leave(), 60_000);

  async function write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(visitor.folder, name);
    await writeFile(path, content);
    return path;
  }

  /** Hands a file to the page by an event that carries data, as dropping and pasting do. */
  async function hand(kind: "drop" | "paste", path: string | undefined): Promise<void> {
    const content = path === undefined ? undefined : (await readFile(path)).toString("base64");
    await visitor.page.evaluate(
      (type, base64) => {
        const dataTransfer = new DataTransfer();
        const bytes = base64 && Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        if (bytes) dataTransfer.items.add(new File([bytes], `by-${type}.jpg`, { type: "image/jpeg" }));
        const options = { bubbles: true, cancelable: true };
        const event =
          type === "drop"
            ? new DragEvent(type, { ...options, dataTransfer })
            : new ClipboardEvent(type, { ...options, clipboardData: dataTransfer });
        document.body.dispatchEvent(event);
      },
      kind,
      content,
    );
  }

  test.for([
    ["notes.jpg", "dear diary", /^notes\.jpg: not an image that can be read\. Give a photo as JPEG, PNG/],
    ["empty.png", "", /^empty\.png: the file is empty \(0 bytes\)\. Copy or download/],
    [
      "drawing.svg",
      "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
      /^drawing\.svg: SVG is not supported\. Export the drawing/,
    ],
  ] as const)("%s shows one line with its fix", async ([name, content, says]) => {
    await visitor.openFile(await write(name, content));
    expect(await visitor.read("#problem p", new RegExp(name))).toMatch(says);
    expect(await visitor.visible("#photo-canvas")).toBe(false);
  });

  test("a photo that is too large is refused before it is decoded", async () => {
    const wide = await sharp({ create: { width: 20_000, height: 8, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    await visitor.openFile(await write("wide.png", wide));
    const says = await visitor.read("#problem p", /wide/);
    expect(says).toMatch(/^wide\.png: 20000 x 8 pixels is too large \(at most 16384 a side and 100 megapixels\)\. Scale the photo down/);
  });

  test("half a photo is damaged, not half classified", async () => {
    const png = await sharp(CAT).png().toBuffer();
    await visitor.openFile(await write("half.png", png.subarray(0, png.length / 2)));
    expect(await visitor.read("#problem p", /half/)).toMatch(/^half\.png: the image is damaged \(.*\)\. Copy or download the photo again/);
  });

  test("what is dropped without a file is explained", async () => {
    await hand("drop", undefined);
    expect(await visitor.read("#problem p", /dropped/)).toBe(
      "What was dropped is not a file. Save the photo first, then drop its file, or copy and paste it.",
    );
  });

  test("dropping, pasting and the picker all open a photo, and a later error leaves it on show", async () => {
    for (const kind of ["drop", "paste"] as const) {
      await hand(kind, CAT);
      await visitor.read("#caption", new RegExp(`^by-${kind}\\.jpg`));
      expect(await visitor.read("#top5")).toMatch(/cat/);
      expect(await visitor.visible("#problem")).toBe(false);
    }
    await visitor.openFile(CAT);
    await visitor.read("#caption", /^cat\.jpg/);
    await visitor.page.waitForSelector("#top5 li");
    await visitor.openFile(await write("later.jpg", "no"));
    await visitor.read("#problem p", /later/);
    expect(await visitor.text("#caption")).toMatch(/^cat\.jpg/);
    expect(await visitor.visible("#top5")).toBe(true);
  });
});
