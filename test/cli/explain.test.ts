import { copyFile, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "npyjs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { runCli, temporaryFolder } from "../support/command-line.ts";

const MINUTE = 60_000;

/** The fewest samples that still come in two steps. */
const FAST = "--samples 8 --batch 4";

async function readMap(path: string) {
  const bytes = await readFile(path);
  return load(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

test(
  "explain --json prints one document and writes overlay, map and settings; one seed gives one map",
  async () => {
    const folder = await temporaryFolder();
    const images = ["first.jpg", "second.jpg"].map((name) => join(folder, name));
    for (const image of images) await copyFile("examples/coffee.jpg", image);
    const out = join(folder, "new", "folder");
    const { code, stdout, stderr } = await runCli([
      "explain",
      ...images,
      ...`--size 128 ${FAST} --seed 1 --target espresso --json --out ${out}`.split(" "),
    ]);
    expect(stderr).toMatch(/sampling +\[[=-]+\] 100 % \| 8\/8 \| ETA 0s/);
    expect(code).toBe(0);

    const reports = JSON.parse(stdout);
    expect(reports).toHaveLength(2);
    const report = reports[0];
    expect(report).toEqual({
      image: images[0],
      photo: { width: 600, height: 400 },
      crop: {
        left: expect.closeTo(126.03, 2),
        top: expect.closeTo(24.66, 2),
        width: expect.closeTo(350.68, 2),
        height: expect.closeTo(350.68, 2),
      },
      adapter: { vendor: expect.any(String), architecture: "swiftshader", description: expect.any(String), software: true },
      teacher: "efficientnet-lite0",
      target: { index: 967, label: "espresso", probability: expect.any(Number) },
      top5: expect.any(Array),
      method: "relabel",
      synthesis: "gated",
      samples: 8,
      passes: { forward: 8, backward: 0 },
      seed: 1,
      memory: { budget: 2 ** 30, peak: expect.any(Number) },
      shiftedShare: expect.any(Number),
      studentAgreement: expect.any(Number),
      deviation: expect.any(Number),
      reliability: null,
      quality: { sign: "weak", reason: expect.any(String) },
      input: {
        ...{ height: 128, width: 128, channels: "rgb", resize: "crop", share: 0.875, filter: "bilinear" },
        ...{ mean: [127 / 255, 127 / 255, 127 / 255], deviation: [128 / 255, 128 / 255, 128 / 255] },
      },
      seconds: {
        total: expect.any(Number),
        encode: expect.any(Number),
        synthesize: expect.any(Number),
        teacher: expect.any(Number),
        distil: expect.any(Number),
      },
      files: { map: join(out, "first.map.npy"), overlay: join(out, "first.overlay.png") },
    });
    expect(report.top5).toHaveLength(5);
    expect(report.shiftedShare).toBeGreaterThanOrEqual(0);
    expect(report.shiftedShare).toBeLessThanOrEqual(1);

    const names = ["first", "second"].flatMap((name) => [`${name}.json`, `${name}.map.npy`, `${name}.overlay.png`]);
    expect((await readdir(out)).sort()).toEqual(names);
    const [first, second] = [await readMap(reports[0].files.map), await readMap(reports[1].files.map)];
    expect(first).toMatchObject({ dtype: "f4", shape: [128, 128], fortranOrder: false });
    expect(new Set(first.data as Float32Array).size).toBeGreaterThan(1000);
    expect(second.data).toEqual(first.data);
    expect(await sharp(report.files.overlay).metadata()).toMatchObject({ format: "png", width: 600 + 32 });
    const { settings, generator, ...rest } = JSON.parse(await readFile(join(out, "first.json"), "utf8"));
    expect(rest).toEqual(report);
    expect(generator).toMatch(/^relabel \d/);
    expect(settings).toMatchObject({
      samples: 8,
      seed: 1,
      fit: "crop",
      synthesis: "gated",
      gates: "balanced",
      fill: ["inpaint"],
      student: "correlation",
    });
  },
  5 * MINUTE,
);

test(
  "Ctrl-C in the middle ends with 130 and leaves no file; a software adapter gets fewer samples and says so",
  async () => {
    const out = join(await temporaryFolder(), "out");
    const { code, stdout, stderr } = await runCli(["explain", "examples/cat.jpg", "--size", "64", "--out", out], {
      interruptAt: /sampling .* [1-9]\d*\/250/,
    });
    expect(code).toBe(130);
    expect(stdout).toContain("at most 250 samples instead of 1000; ask for more with --samples 1000.");
    expect(stderr).toMatch(/ETA \d+/);
    expect(stderr).toMatch(/Interrupted: .*no files\.\n$/);
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  },
  3 * MINUTE,
);
