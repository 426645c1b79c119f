/** Large photos stay sharp when they are enlarged: what is in sight is drawn at their own resolution. */
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findViolations } from "../support/accessibility.ts";
import { Visitor } from "./visitor.ts";

const SIDE = 64;
/** 50 megapixels. */
const [WIDTH, HEIGHT] = [8000, 6250];

/** Across and down it grows evenly, and every other pixel is blue. */
const colourAt = (x: number, y: number) => [Math.floor((x * 256) / WIDTH), Math.floor((y * 256) / HEIGHT), ((x + y) % 2) * 255] as const;

interface Drawn {
  left: number;
  top: number;
  width: number;
  height: number;
  data: number[];
}

describe("a photo of 50 megapixels, enlarged", { timeout: 300_000 }, () => {
  let visitor: Visitor;

  beforeAll(async () => {
    visitor = await Visitor.arriveWith("Cat", SIDE);
    await visitor.page.emulateMediaFeatures([{ name: "prefers-reduced-motion", value: "reduce" }]);
    const pixels = new Uint8Array(3 * WIDTH * HEIGHT);
    for (let y = 0, at = 0; y < HEIGHT; y++)
      for (let x = 0; x < WIDTH; x++) {
        const [red, green, blue] = colourAt(x, y);
        pixels[at++] = red;
        pixels[at++] = green;
        pixels[at++] = blue;
      }
    const photo = join(visitor.folder, "large.png");
    await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toFile(photo);
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await visitor.openFile(photo);
    await visitor.page.waitForSelector("#top5 li");
    await visitor.drawn();
  }, 300_000);

  afterAll(() => visitor?.leave(), 60_000);

  /** What a canvas shows, at its place in the photo, once it covers all of it that is in sight. */
  const drawn = async (id: "photo-detail" | "map-detail"): Promise<Drawn> => {
    await visitor.page.waitForFunction(
      (name) => {
        const [canvas, stage, sheet, layer] = [name, "stage", "sheet", "map-layer"].map((of) =>
          document.getElementById(of)?.getBoundingClientRect(),
        ) as DOMRect[];
        if (!canvas || !stage || !sheet || !layer || !canvas.width) return false;
        const within = name === "map-detail" ? layer : sheet;
        // A pixel of the photo is as much as 2 of the screen.
        const covers = (a: number, b: number) => a <= b + 2;
        return (
          covers(canvas.left, Math.max(stage.left, within.left)) &&
          covers(canvas.top, Math.max(stage.top, within.top)) &&
          covers(Math.min(stage.right - 20, within.right), canvas.right) &&
          covers(Math.min(stage.bottom - 20, within.bottom), canvas.bottom)
        );
      },
      {},
      id,
    );
    return visitor.page.evaluate(
      (name, photo) => {
        const canvas = document.getElementById(name) as HTMLCanvasElement;
        const share = (found: HTMLElement, side: "left" | "top" | "width" | "height") => Number.parseFloat(found.style[side]) / 100;
        const layer = canvas.parentElement as HTMLElement;
        const inLayer = layer.id === "map-layer";
        const origin = inLayer ? { left: share(layer, "left"), top: share(layer, "top") } : { left: 0, top: 0 };
        const scale = inLayer ? { width: share(layer, "width"), height: share(layer, "height") } : { width: 1, height: 1 };
        const { width, height } = canvas;
        return {
          ...{ width, height },
          left: Math.round((origin.left + share(canvas, "left") * scale.width) * photo.width),
          top: Math.round((origin.top + share(canvas, "top") * scale.height) * photo.height),
          data: [...(canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, width, height).data],
        };
      },
      id,
      { width: WIDTH, height: HEIGHT },
    );
  };
  /** The largest difference of a canvas from what it is to show of a pixel of the file. */
  const worst = ({ left, top, width, height, data }: Drawn, show: (rgb: readonly number[]) => readonly number[]): number => {
    let most = 0;
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        show(colourAt(left + column, top + row)).forEach((value, channel) => {
          most = Math.max(most, Math.abs(value - (data[4 * (row * width + column) + channel] as number)));
        });
    return most;
  };
  const press = async (key: "+" | "0", times = 1) => {
    await visitor.page.focus("#square");
    for (let time = 0; time < times; time++) await visitor.page.keyboard.press(key);
  };
  const scrollTo = (left: number, top: number) =>
    visitor.page.$eval("#stage", (stage, x, y) => stage.scrollTo({ left: x * stage.scrollWidth, top: y * stage.scrollHeight }), left, top);

  test("is shown as a whole without seams, though it is not copied as a whole", async () => {
    const rows = await visitor.page.$eval("#photo-canvas", (found) => {
      const canvas = found as HTMLCanvasElement;
      const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(canvas.width / 2, 0, 1, canvas.height);
      return [...data.filter((_, at) => at % 4 === 1)];
    });
    expect(rows).toHaveLength(1250);
    expect(Math.max(...rows.map((green, row) => Math.abs(green - ((row + 0.5) * 256) / rows.length + 0.5)))).toBeLessThan(1.5);
    expect(await visitor.visible("#photo-detail")).toBe(false);
  });

  test("shows the file's own pixels, wherever one looks", async () => {
    await press("+", 6);
    const middle = await drawn("photo-detail");
    expect(worst(middle, (rgb) => rgb)).toBe(0);
    await scrollTo(0.1, 0.7);
    await visitor.page.waitForFunction(
      (left) => Number.parseFloat((document.getElementById("photo-detail") as HTMLElement).style.left) < left,
      {},
      (100 * middle.left) / WIDTH,
    );
    const lower = await drawn("photo-detail");
    expect(worst(lower, (rgb) => rgb)).toBe(0);
    expect([lower.left < middle.left, lower.top > middle.top]).toEqual([true, true]);
    expect(lower.width * lower.height).toBeLessThan((WIDTH * HEIGHT) / 40);
  });

  test("the map over it is as sharp, and where the coarse one is", async () => {
    await visitor.page.select("#method", "grad-cam");
    await visitor.click("#start");
    await visitor.read("#result-summary");
    await press("0");
    await press("+", 6);
    await drawn("map-detail");
    const [coarse, fine] = await visitor.page.evaluate(() => {
      const [map, detail] = ["map-canvas", "map-detail"].map((id) => document.getElementById(id) as HTMLCanvasElement) as [
        HTMLCanvasElement,
        HTMLCanvasElement,
      ];
      const share = (side: "left" | "top" | "width" | "height") => Number.parseFloat(detail.style[side]) / 100;
      const draw = (canvas: HTMLCanvasElement, left: number, top: number, width: number, height: number) => {
        const context = new OffscreenCanvas(8, 8).getContext("2d") as OffscreenCanvasRenderingContext2D;
        context.imageSmoothingQuality = "high";
        context.drawImage(canvas, left, top, width, height, 0, 0, 8, 8);
        return [...context.getImageData(0, 0, 8, 8).data];
      };
      const [across, down] = [share("width") * map.width, share("height") * map.height];
      return [
        draw(map, share("left") * map.width, share("top") * map.height, across, down),
        draw(detail, 0, 0, detail.width, detail.height),
      ] as const;
    });
    expect(Math.max(...fine.map((value, at) => Math.abs(value - (coarse[at] as number))))).toBeLessThan(12);
    expect(Math.max(...fine) - Math.min(...fine.filter((_, at) => at % 4 < 3))).toBeGreaterThan(24);
    await visitor.page.focus("#opacity");
    await visitor.page.keyboard.press("Home");
    await visitor.page.waitForFunction(() => (document.getElementById("opacity") as HTMLInputElement).value === "0");
    await visitor.drawn();
    // Without colours it is the photo with less of its own.
    const toned = ([red, green, blue]: readonly number[]) => {
      const grey = 0.299 * (red as number) + 0.587 * (green as number) + 0.114 * (blue as number);
      return [red, green, blue].map((value) => 0.6 * grey + 0.4 * (value as number));
    };
    expect(worst(await drawn("map-detail"), toned)).toBeLessThanOrEqual(0.5);
    expect(await findViolations(visitor.page)).toEqual([]);
  });

  test("goes where it is not needed any more, and with the photo", async () => {
    await press("0");
    await visitor.page.waitForSelector("#photo-detail[hidden]");
    await press("+", 6);
    await visitor.page.waitForSelector("#photo-detail:not([hidden])");
    await visitor.openSample("Cat");
    await visitor.page.waitForSelector("#photo-detail[hidden]");
    expect(await visitor.page.$eval("#photo-detail", (canvas) => (canvas as HTMLCanvasElement).width)).toBe(0);
    expect(visitor.errors).toEqual([]);
  });
});
