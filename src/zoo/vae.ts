/** The VAE of the paper, which encodes a photo and decodes variations of it. */
import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type Node, weightShapes } from "../graph/graph.ts";
import { Net } from "../nets/net.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { badTensor, describePlace, indexOfNonFinite } from "../ops/finite-values.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import { LATENT, VAE_SIZE } from "./vae-size.ts";

const PIXELS = VAE_SIZE * VAE_SIZE * 3;

/** Layers of the linear VAE inside, whose weights are products of tensors in the file. */
const DERIVED = { encode: "linear_encoder", decode: "linear_decoder" };

/** The encoder's mean: linear in the pixels plus a convolutional correction; and its log variance. Eq. 5 of Hua et al. trains both. */
export function encoder(): { nodes: Node[]; logvar: Node } {
  const g = new GraphBuilder();
  const x = g.input([VAE_SIZE, VAE_SIZE, 3]);
  let features = x;
  [32, 64, 96, 64].forEach((outputs, layer) => {
    features = g.activation(g.conv(features, `encoder.${2 * layer}`, { outputs, kernel: 3, stride: 2, padding: 1, bias: true }), "relu");
  });
  const logvar = g.linear(features, "to_logvar", LATENT, { flatten: "nhwc" });
  const linear = g.linear(x, DERIVED.encode, LATENT, { flatten: "nhwc" });
  g.add(g.linear(features, "to_mu", LATENT, { flatten: "nhwc" }), linear);
  return { nodes: g.nodes, logvar };
}

/** Linear in the latent plus what a small U-net adds to it. Output not clamped. */
export function decoder(): Node[] {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, outputs: number, stride = 1) =>
    g.conv(x, key, { outputs, kernel: 3, stride, padding: 1, bias: true });
  const relu = (x: Node) => g.activation(x, "relu");
  const linear = g.linear(g.input([1, 1, LATENT]), DERIVED.decode, [VAE_SIZE, VAE_SIZE, 3]);
  const half = relu(conv(relu(conv(linear, "down1", 48, 2)), "same1", 48));
  const quarter = relu(conv(relu(conv(relu(conv(half, "down2", 96, 2)), "same2a", 96)), "same2b", 96));
  const up = relu(conv(g.upsample(quarter, 2), "up1", 48));
  const merged = relu(conv(g.add(up, half), "merge1", 48));
  g.add(conv(g.upsample(merged, 2), "out", 3), linear);
  return g.nodes;
}

/** The tensors of the file that stand behind the derived layers. */
export const OWN_TENSORS: readonly (readonly [string, readonly number[]])[] = [
  ["basis", [PIXELS, LATENT]],
  ["mean", [PIXELS]],
  ["encode_scale", [LATENT]],
  ["decode_scale", [LATENT]],
  ["prior_logvar", [LATENT]],
];

/** Serves the derived layers' weights: columns of the basis times a scale, and the mean as bias. */
class DerivedWeights implements WeightSource {
  readonly #file: Safetensors;
  readonly #basis: Float32Array;
  readonly #mean: Float32Array<ArrayBuffer>;

  private constructor(file: Safetensors, basis: Float32Array, mean: Float32Array<ArrayBuffer>) {
    this.#file = file;
    this.#basis = basis;
    this.#mean = mean;
  }

  static async open(file: Safetensors): Promise<DerivedWeights> {
    return new DerivedWeights(file, await file.read("basis", [PIXELS, LATENT]), await file.read("mean", [PIXELS]));
  }

  describe(key: string): string {
    return this.#file.describe(key);
  }

  async read(key: string, shape: readonly number[], first = 0, count = shape[0] as number): Promise<Float32Array<ArrayBuffer>> {
    const values = await this.#derive(key, shape, first, count);
    // Products of the file's finite numbers may overflow.
    const at = indexOfNonFinite(values);
    if (at < 0) return values;
    const row = values.length / count;
    throw badTensor(this.describe(key), `(computed from others) is ${values[at]} at ${describePlace(first * row + at, shape)}`);
  }

  async #derive(key: string, shape: readonly number[], first: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    if (key === `${DERIVED.encode}.weight`) return this.#encode(first, count);
    if (key === `${DERIVED.encode}.bias`) return this.#encodeBias();
    if (key === `${DERIVED.decode}.weight`) return this.#decode(first, count);
    if (key === `${DERIVED.decode}.bias`) return this.#mean;
    const values = await this.#file.read(key, shape, first, count);
    if (key !== "to_logvar.bias") return values;
    const prior = await this.#file.read("prior_logvar", [LATENT]);
    return values.map((value, k) => value + (prior[k] as number));
  }

  /** [latent, pixel], some of the latents: basis^T scaled. */
  async #encode(first: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const scale = await this.#file.read("encode_scale", [LATENT]);
    const weights = new Float32Array(count * PIXELS);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      for (let row = 0; row < count; row++) {
        const k = first + row;
        weights[row * PIXELS + pixel] = (this.#basis[pixel * LATENT + k] as number) * (scale[k] as number);
      }
    }
    return weights;
  }

  /** The encoder sees x - mean. */
  async #encodeBias(): Promise<Float32Array<ArrayBuffer>> {
    const scale = await this.#file.read("encode_scale", [LATENT]);
    const sums = new Float64Array(LATENT);
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      for (let k = 0; k < LATENT; k++)
        sums[k] = (sums[k] as number) + (this.#mean[pixel] as number) * (this.#basis[pixel * LATENT + k] as number);
    }
    return Float32Array.from(sums, (sum, k) => -sum * (scale[k] as number));
  }

  /** [pixel, latent], some of the pixels: the basis scaled. */
  async #decode(first: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const scale = await this.#file.read("decode_scale", [LATENT]);
    const rows = this.#basis.slice(first * LATENT, (first + count) * LATENT);
    return rows.map((value, index) => value * (scale[index % LATENT] as number)) as Float32Array<ArrayBuffer>;
  }
}

/** The 500-D variational autoencoder on 64 x 64 images in [0, 1] (eqs. 3-5). */
export class Vae {
  /** Pixel gain of every latent, [500]: how strongly a unit of it moves the image. */
  readonly gain: Float32Array;
  readonly #encoder: Net;
  readonly #decoder: Net;
  readonly #logvar: Node;

  private constructor(encoderNet: Net, decoderNet: Net, logvar: Node, gain: Float32Array) {
    this.#encoder = encoderNet;
    this.#decoder = decoderNet;
    this.#logvar = logvar;
    this.gain = gain;
  }

  /** Throws BAD_WEIGHTS, of another net's file before anything is uploaded. */
  static async load(engine: Engine, file: Safetensors): Promise<Vae> {
    const { nodes, logvar } = encoder();
    const decoderNodes = decoder();
    const wanted = new Map([...weightShapes(nodes), ...weightShapes(decoderNodes)].filter(([key]) => !/^linear_(en|de)coder\./.test(key)));
    for (const [key, shape] of OWN_TENSORS) wanted.set(key, shape);
    file.expect("the VAE", wanted);
    const source = await DerivedWeights.open(file);
    const gain = await file.read("decode_scale", [LATENT]);
    const encoderNet = await Net.load(engine, nodes, source);
    try {
      return new Vae(encoderNet, await Net.load(engine, decoderNodes, source), logvar, gain);
    } catch (error) {
      encoderNet.dispose();
      throw error;
    }
  }

  /** `image`: batch x 64 x 64 x 4; writes the posterior's mean and log variance, batch x 500 each. */
  appendEncode(plan: PlanBuilder, batch: number, image: Tensor, mu: Tensor, logvar: Tensor): void {
    this.#encoder.append(plan, batch, image, mu, new Map([[this.#logvar, logvar]]));
  }

  /** `z`: batch x 500; returns batch x 64 x 64 x 4, not clamped, fourth channel 0. */
  appendDecode(plan: PlanBuilder, batch: number, z: Tensor, image?: Tensor): Tensor {
    return this.#decoder.append(plan, batch, z, image);
  }

  dispose(): void {
    this.#encoder.dispose();
    this.#decoder.dispose();
  }
}
