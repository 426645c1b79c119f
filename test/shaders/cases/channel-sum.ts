import { channelSum } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

interface Sum {
  positions: number;
  channels: number;
  weights?: "channel" | "value";
  rectified?: boolean;
}

function channelSumCase(name: string, seed: number, { positions, channels, weights, rectified = false }: Sum): KernelCase {
  const random = new Random(seed);
  const image = random.floats(positions * channels);
  const given = random.floats(weights === "value" ? image.length : weights ? channels : 4);
  const expected = Float64Array.from({ length: positions * 4 }, (_, at) => {
    if (at % 4 > 0) return 0;
    const first = (at / 4) * channels;
    const values = image.subarray(first, first + channels);
    const weight = (c: number) => (weights === "value" ? given[first + c] : weights ? given[c] : 1) as number;
    const sum = values.reduce((total, value, c) => total + value * weight(c), 0);
    return rectified ? Math.max(sum, 0) : sum;
  });
  return kernelCase(channelSum, name, {
    read: { image, weights: given },
    written: { out: { expected } },
    uniforms: {
      ...{ positions, channels4: channels / 4, has_weights: weights ? 1 : 0, rectified: Number(rectified) },
      weights_stride4: weights === "value" ? channels / 4 : 0,
    },
    threads: [positions],
    tolerance: sumTolerance(channels),
  });
}

export const channelSumCases: KernelCase[] = [
  channelSumCase("plain, more positions than a workgroup", 61, { positions: 70, channels: 12 }),
  channelSumCase("a weight a channel, nothing below 0", 62, { positions: 49, channels: 40, weights: "channel", rectified: true }),
  channelSumCase("a weight a value, signed", 63, { positions: 65, channels: 20, weights: "value" }),
  channelSumCase("one position of one vector", 64, { positions: 1, channels: 4, weights: "channel" }),
];
