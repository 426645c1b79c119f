import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "npyjs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { mark } from "../../src/cli/mark.ts";
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
    expect(await sharp(report.files.overlay).metadata()).toMatchObject({ format: "png", width: 128, height: 128 });
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
      student: "smooth",
    });
  },
  5 * MINUTE,
);

test(
  "explain tells a reader what it did, and one image alone is one JSON object",
  async () => {
    const out = await temporaryFolder();
    const { code, stdout } = await runCli(
      `explain examples/cat.jpg --size 64x96 --samples 32 --student correlation --profile --out ${out}`.split(" "),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Adapter: google swiftshader .*\(software/);
    expect(stdout).toMatch(/cat\.jpg, seen by efficientnet-lite0:\n( +\d+\.\d % .*\n){5}/);
    expect(stdout).toMatch(/^Target: .*cat \(28\d\), \d+\.\d %$/m);
    expect(stdout).toMatch(/^Labels shifted: \d+\.\d % of 32 synthetic images$/m);
    expect(stdout).toMatch(/^Student agrees .* \d+\.\d % of them$/m);
    expect(stdout).toMatch(/^Seconds: \d+\.\d\d in all; encode [\d.]+, synthesize [\d.]+, teacher [\d.]+, distil [\d.]+$/m);
    const files = ["cat.overlay.png", "cat.map.npy", "cat.trace.json", "cat.json"].map((name) => join(out, name));
    expect(stdout).toContain(`Files: ${files.join(", ")}\n`);
    const { traceEvents } = JSON.parse(await readFile(join(out, "cat.trace.json"), "utf8"));
    expect(traceEvents.length).toBeGreaterThan(100);
    // From the photo's first kernel on.
    expect(traceEvents.map(({ name }: { name: string }) => name)).toContain("resize_photo");
    expect(stdout).toMatch(/^\| depthwise +/m);
    expect(JSON.parse(await readFile(join(out, "cat.json"), "utf8"))).toMatchObject({ image: "examples/cat.jpg", samples: 32 });
  },
  3 * MINUTE,
);

test(
  "Ctrl-C in the middle ends with 130 and leaves no file; a software adapter gets fewer samples and says so",
  async () => {
    const out = join(await temporaryFolder(), "out");
    const { code, stdout, stderr } = await runCli(["explain", "examples/cat.jpg", "--size", "64", "--batch", "4", "--out", out], {
      interruptAt: /sampling .* [1-9]\d*\/250/,
    });
    expect(code).toBe(130);
    expect(stdout).toContain("250 samples instead of 1000; ask for more with --samples 1000.");
    expect(stderr).toMatch(/ETA \d+/);
    expect(stderr).toMatch(/Interrupted: .*no files\.\n$/);
    await expect(readdir(out)).rejects.toThrow("ENOENT");
  },
  3 * MINUTE,
);

test(
  "a photo whose label cannot be shifted gets its report with the reason and no map, and exit code 1",
  async () => {
    const folder = await temporaryFolder();
    const image = join(folder, "flat.png");
    // The fill's own colour: every synthetic image is the photo itself.
    await sharp({ create: { width: 256, height: 256, channels: 3, background: { r: 124, g: 116, b: 104 } } }).toFile(image);
    await writeFile(join(folder, "flat.map.npy"), "of an earlier run");
    await writeFile(join(folder, "flat.overlay.png"), mark("flat.overlay.png", await readFile(image)));
    const { code, stdout, stderr } = await runCli(`explain ${image} --size 64 ${FAST} --json --out ${folder}`.split(" "));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^No map was drawn: .+\.\n$/m);
    const report = JSON.parse(stdout);
    expect(report.files).toEqual({ map: null, overlay: null });
    expect(report.studentAgreement).toBeNull();
    expect(stderr).toContain(report.degenerate);
    expect((await readdir(folder)).sort()).toEqual(["flat.json", "flat.png"]);
  },
  3 * MINUTE,
);
