import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { sampleLatent } from "../../src/shaders/index.ts";
import { Vae } from "../../src/zoo/vae.ts";
import { LATENT } from "../../src/zoo/vae-size.ts";
import { rejected } from "../support/errors.ts";
import { padPixels, readGolden, uniforms, worstError } from "../support/golden.ts";
import { encodeSafetensors, f32 } from "../support/safetensors-file.ts";
import { sharedEngine } from "../support/shared-engine.ts";

const [url] = Object.values(import.meta.glob<string>("/weights/vae.safetensors", { query: "?url", import: "default", eager: true }));

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

describe("the VAE", () => {
  let vae: Vae;
  let golden: Awaited<ReturnType<typeof readGolden>>;
  const reference = (key: string) => golden.tensors.get(key)?.values as Float32Array;

  beforeAll(async () => {
    if (!url) throw new Error("weights/vae.safetensors is missing: restore it from the repository, or train it with reference/vae.py.");
    golden = await readGolden("vae");
    vae = await Vae.load(engine, await openWeights(new URL(url, location.href), "vae.safetensors"));
  }, 120_000);

  afterAll(() => vae?.dispose());

  test("decodes PyTorch's image from the same seed", async () => {
    const { seed } = golden.facts as { seed: number };
    const plan = new PlanBuilder(engine, "decode");
    const z = plan.temporary("z", [1, LATENT]);
    const image = engine.tensor("image", [1, 64, 64, 4]);
    plan.dispatch(sampleLatent, {
      bindings: { center: engine.tensor("zero", [LATENT]), scale: engine.tensor("one", [LATENT], new Float32Array(LATENT).fill(1)), z },
      uniforms: { samples: 1, latent4: LATENT / 4, first_sample: 0, seed, strength: 1 },
      threads: [LATENT / 4],
    });
    vae.appendDecode(plan, 1, z, image);
    await plan.once();
    const values = await image.read();
    // The normal deviates differ by up to 1e-5, every layer rounds once more.
    expect(
      worstError(
        values.filter((_, i) => i % 4 < 3),
        reference("decoded"),
      ),
    ).toBeLessThan(1e-4);
    expect(values.filter((_, i) => i % 4 === 3).every((value) => value === 0)).toBe(true);
  });

  test("encodes PyTorch's mean and log variance, of two images in a batch", async () => {
    const { seed } = golden.facts as { seed: number };
    const images = [
      ...padPixels(reference("decoded").map((value) => Math.min(Math.max(value, 0), 1))),
      ...padPixels(uniforms(seed, 64 * 64 * 3)),
    ];
    const plan = new PlanBuilder(engine, "encode");
    const [mu, logvar] = [engine.tensor("mu", [2, LATENT]), engine.tensor("logvar", [2, LATENT])];
    vae.appendEncode(plan, 2, engine.tensor("images", [2, 64, 64, 4], Float32Array.from(images)), mu, logvar);
    await plan.once();
    // Sums of 12288 products, in another order than PyTorch's.
    expect(worstError(await mu.read(), reference("mu"))).toBeLessThan(1e-4);
    expect(worstError(await logvar.read(), reference("logvar"))).toBeLessThan(1e-4);
  });

  test("its gains are those of its decoder, largest first", () => {
    expect(vae.gain).toHaveLength(LATENT);
    expect(Math.abs(vae.gain[0] as number)).toBeGreaterThan(Math.abs(vae.gain[LATENT - 1] as number));
  });
});

test("a file that is not the VAE's is refused", async () => {
  const other = await openWeights(encodeSafetensors({ basis: f32([1], [1]) }), "other.safetensors");
  expect(await rejected(Vae.load(engine, other))).toMatchObject({
    code: "BAD_WEIGHTS",
    message: expect.stringContaining("does not hold the VAE"),
  });
});
