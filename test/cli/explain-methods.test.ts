import { copyFile, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { load } from "npyjs";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mark } from "../../src/cli/mark.ts";
import type { openRuntime } from "../../src/cli/runtime.ts";
import type { Runtime } from "../../src/cli/runtime-types.ts";
import { runHere, temporaryFolder } from "../support/command-line.ts";

const MINUTE = 60_000;

/** One browser for all of these commands: starting it takes longer than each of them. */
const browser = vi.hoisted(() => ({ asked: "", runtime: undefined as Promise<Runtime> | undefined }));

vi.mock("../../src/cli/runtime.ts", async (original) => {
  const real = await original<{ openRuntime: typeof openRuntime }>();
  const open: typeof openRuntime = async (name, options) => {
    const { input, batch } = options;
    const asked = JSON.stringify({ name, input, batch });
    expect(browser.asked || asked).toBe(asked);
    browser.asked = asked;
    browser.runtime ??= real.openRuntime(name, options);
    return { ...(await browser.runtime), close: async () => {} };
  };
  return { openRuntime: open };
});

beforeAll(() => void vi.stubEnv("RELABEL_ADAPTER", "swiftshader"));

afterAll(async () => {
  await (await browser.runtime)?.close();
  vi.unstubAllEnvs();
});

test(
  "explain tells a reader what it did, and one image alone is one JSON object",
  async () => {
    const out = await temporaryFolder();
    const { code, stdout } = await runHere(
      `explain examples/cat.jpg --size 64x96 --batch 8 --samples 32 --student correlation --profile --out ${out}`.split(" "),
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

test("several methods: a map and an overlay of each, one figure and one report", async () => {
  const out = await temporaryFolder();
  const sets = ["rise.masks=8", "occlusion.window=128", "occlusion.stride=96", "lime.samples=8", "lime.segmentation=slic"];
  const args = `examples/cat.jpg --size 64x96 --method rise,occlusion,lime --batch 8 --seed 3 --json --out ${out}`.split(" ");
  const { code, stdout, stderr } = await runHere(["explain", ...args, ...sets.flatMap((text) => ["--set", text])]);
  expect(code, stderr).toBe(0);
  for (const title of ["RISE", "Occlusion", "LIME"]) expect(stderr).toMatch(new RegExp(`${title}: sampling +\\[=+\\] 100 % .* ETA 0s`));
  const report = JSON.parse(stdout);
  const files = (method: string) => ["map.npy", "overlay.png"].map((end) => join(out, `cat.${method}.${end}`));
  const figure = join(out, "cat.methods.png");
  expect(report).toMatchObject({
    image: "examples/cat.jpg",
    teacher: "efficientnet-lite0",
    files: { figure },
    methods: [
      { method: "rise", samples: 8, passes: { forward: 8, backward: 0 }, seed: 3 },
      { method: "occlusion", samples: 4, passes: { forward: 5, backward: 0 }, seed: 3 },
      { method: "lime", samples: 8, passes: { forward: 8, backward: 0 }, seed: 3 },
    ],
  });
  for (const { method, files: written } of report.methods) {
    expect(Object.values(written)).toEqual(files(method));
    const map = await load((await readFile(files(method)[0] as string)).buffer as ArrayBuffer);
    expect(map).toMatchObject({ dtype: "f4", shape: [64, 96] });
    expect(new Set(map.data as Float32Array).size).toBeGreaterThan(1);
  }
  const { methods, generator: _, ...rest } = JSON.parse(await readFile(join(out, "cat.methods.json"), "utf8"));
  expect(rest).toEqual({ ...report, methods: undefined });
  expect(methods[0]).toMatchObject({ settings: { masks: 8, cells: 7, keep: 0.5, seed: 3 } });
  expect(await sharp(figure).metadata()).toMatchObject({ format: "png", width: 2 * (2 * 28 + 4 * 224 + 3 * 24) });
  expect((await readdir(out)).sort()).toEqual(
    [
      "cat.methods.json",
      "cat.methods.png",
      ...["lime", "occlusion", "rise"].flatMap((method) => [`cat.${method}.map.npy`, `cat.${method}.overlay.png`]),
    ].sort(),
  );
}, 180_000);

const LITE0 = "weights/efficientnet-lite0.safetensors";

test("a method that finds nothing, and one that fails, leave their reasons and do not end the run", async () => {
  const folder = await temporaryFolder();
  const image = join(folder, "flat.png");
  await sharp({ create: { width: 256, height: 256, channels: 3, background: { r: 124, g: 116, b: 104 } } }).toFile(image);
  await writeFile(join(folder, "flat.score-cam.map.npy"), "of an earlier run");
  await writeFile(join(folder, "flat.score-cam.overlay.png"), mark("flat.score-cam.overlay.png", await readFile(image)));
  const args = `explain ${image} --size 64x96 --method score-cam,relabel --set score-cam.layer=nowhere --samples 8 --batch 8 --out ${folder}`;
  const { code, stdout, stderr } = await runHere(args.split(" "));
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: .*nowhere/m);
  expect(stderr).toMatch(/^No map was drawn: .*No label shifts/m);
  expect(stdout).toMatch(/\nScore-CAM\n\nRe-label distillation\nTarget: /);
  const { methods } = JSON.parse(await readFile(join(folder, "flat.methods.json"), "utf8"));
  expect(methods).toMatchObject([
    { method: "score-cam", error: { code: expect.any(String), message: expect.stringContaining("nowhere") } },
    { method: "relabel", degenerate: expect.stringContaining("No label shifts"), files: { map: null, overlay: null } },
  ]);
  expect((await readdir(folder)).sort()).toEqual(["flat.methods.json", "flat.methods.png", "flat.png"]);
}, 120_000);

test("one method that is not relabel has the usual files", async () => {
  const folder = await temporaryFolder();
  await copyFile("examples/coffee.jpg", join(folder, "cup.jpg"));
  const { code, stdout, stderr } = await runHere(
    `explain ${join(folder, "cup.jpg")} --size 64x96 --method rise --set masks=8 --batch 8 --weights ${LITE0} --out ${folder}`.split(" "),
  );
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^Passes through the classifier: 8 forward for 8 samples$/m);
  expect((await readdir(folder)).sort()).toEqual(["cup.jpg", "cup.json", "cup.map.npy", "cup.overlay.png"]);
  expect(JSON.parse(await readFile(join(folder, "cup.json"), "utf8"))).toMatchObject({
    ...{ method: "rise", settings: { masks: 8 } },
    weights: LITE0,
  });
}, 120_000);

test(
  "a photo whose label cannot be shifted gets its report with the reason and no map, and exit code 1",
  async () => {
    const folder = await temporaryFolder();
    const image = join(folder, "flat.png");
    // The fill's own colour: every synthetic image is the photo itself.
    await sharp({ create: { width: 256, height: 256, channels: 3, background: { r: 124, g: 116, b: 104 } } }).toFile(image);
    await writeFile(join(folder, "flat.map.npy"), "of an earlier run");
    await writeFile(join(folder, "flat.overlay.png"), mark("flat.overlay.png", await readFile(image)));
    const { code, stdout, stderr } = await runHere(`explain ${image} --size 64x96 --samples 8 --batch 8 --json --out ${folder}`.split(" "));
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
