/** A whole explanation in every library: a photo through RISE's masks, classified, and the masks weighted by what came out. */
import { type Explanation, type Photo, Session } from "../../src/faces/all.ts";
import type { Node } from "../../src/graph/graph.ts";
import type { Size } from "../../src/nets/input-spec.ts";
import { type BenchOptions, netsOf, nodesOf } from "../bench-options.ts";
import { costOf } from "../cost.ts";
import { drawMasks, type Masks } from "../masks.ts";
import type { Effort, Times } from "../measure.ts";
import { NetData } from "../net-data.ts";
import type { OwnNets } from "../own-nets.ts";
import { measurePeers } from "../peer-rows.ts";
import type { NetSpec, Peer, PeerNet, PeerRun } from "../peers/peer.ts";
import { summarise } from "../statistics.ts";
import type { Bench, Task } from "../task.ts";
import { repeat } from "./explanation.ts";

export const MASKED_IMAGES = "masked images";
export const MASKS = 250;
const SETTINGS = { cells: 7, keep: 0.5, seed: 1 };
/** Images at a time that other libraries try; the fastest is measured. The engine chooses its own. */
const BATCHES = [8, 32];
/** Of the net's input, whose weights are made up. */
const [MEAN, DEVIATION] = [0.5, 0.5];
/** Largest difference of two maps, as a share of the range of ours. */
const TOLERANCE = 1e-3;

/** A task for every classifier, where there are libraries to compare with. */
export function maskedTasks(options: BenchOptions, own: OwnNets): Promise<Task[]> {
  const names = options.peers.length > 0 ? netsOf("explanation", options, own) : [];
  const tasks = names.map(async (name) => {
    const nodes = await nodesOf(name, own);
    return {
      ...{ suite: "explanation" as const, group: MASKED_IMAGES, name, batch: 1, uses: {}, flops: 0, bytes: 0 },
      image: costOf(nodes, 1),
      measure: (bench: Bench) => measureMasked(bench, name, nodes),
    };
  });
  return Promise.all(tasks);
}

async function measureMasked(bench: Bench, name: string, nodes: readonly Node[]): ReturnType<Task["measure"]> {
  const { engine, effort, signal, options, scope } = bench;
  const count = options.samples ?? MASKS;
  const stage = `${count} masked images`;
  const [height, width, channels] = (nodes[0] as Node).shape;
  if (channels !== 3) return [{ stage, state: "skipped", note: "only nets that see colours are compared" }];
  const data = new NetData(name, nodes);
  const input = { mean: [MEAN, MEAN, MEAN], deviation: [DEVIATION, DEVIATION, DEVIATION], resize: "squash" } as const;
  const model = { name, net: nodes, weights: data.tensors, input };
  const session = scope.own(await Session.create({ device: engine.device, model, memory: options.memory }));
  const photo = thumbnail(await bench.readPhoto(), { height, width });

  const explain = async (): Promise<Explanation> => {
    const { cells, keep, seed } = SETTINGS;
    const explanation = await session.explain(photo, {
      ...{ method: "rise", parameters: { masks: count, cells, keep }, seed, signal },
      onProgress: ({ done, total }) => bench.notify(`masked image ${done} of ${total}`),
    });
    signal?.throwIfAborted();
    return explanation;
  };
  const first = await explain();
  const { map } = first;
  if (!map) return [{ stage, state: "failed", note: first.degenerate ?? "there is no map" }];
  const times = await timeWhole(effort, async () => (await explain()).seconds.total as number);
  const range = Math.max(...map) - Math.min(...map);
  const masks = await drawMasks(engine, { height, width }, { count, ...SETTINGS });
  const spec = {
    ...{ name, nodes, tensor: data.tensor },
    masks: { cells: SETTINGS.cells, photo: normalised(photo), target: first.target.index },
  };
  const peers = await measurePeers(bench, {
    open: (peer) => openFastest(peer, spec, masks, bench),
    check: (values) => values.reduce((most, value, at) => Math.max(most, Math.abs(value - (map[at] as number))), 0) / range,
    tolerance: TOLERANCE,
    time: (run) =>
      timeWhole(effort, async () => {
        const began = performance.now();
        await run.run();
        return (performance.now() - began) / 1000;
      }),
  });
  const cold = (first.seconds.total as number) * 1000;
  return [{ stage, state: "ok", cold, times, items: count, memory: first.memory.peak, peers }];
}

/** Times of explanations, one at least; `once` returns its seconds. */
async function timeWhole(effort: Effort, once: () => Promise<number>): Promise<Times> {
  const first = await once();
  const others = await repeat(effort, first, once);
  const summary = summarise([first, ...others]);
  return { wall: summary, latency: summary };
}

/** The library's explanation at that of BATCHES which is the fastest; the reason where it has none. */
async function openFastest(
  peer: Peer,
  spec: Omit<NetSpec, "batch" | "inputs">,
  masks: Masks,
  { notify }: Bench,
): Promise<PeerRun | string> {
  let best: { run: MaskedRun; seconds: number } | undefined;
  let reason: string | undefined;
  let fault: unknown;
  for (const batch of BATCHES) {
    notify(`${peer.name}: ${batch} masked images at a time`);
    try {
      const net = await peer.net({ ...spec, batch, inputs: partsOf(masks, 0, batch) });
      if (typeof net === "string") {
        reason = net;
        continue;
      }
      const run = new MaskedRun(net, batch, masks);
      // The first compiles.
      await run.batch(0);
      const began = performance.now();
      await run.batch(0);
      const seconds = (performance.now() - began) / batch;
      if (best && best.seconds <= seconds) run.dispose();
      else {
        best?.run.dispose();
        best = { run, seconds };
      }
    } catch (cause) {
      fault = cause;
    }
  }
  if (best) return best.run;
  if (reason === undefined) throw fault;
  return reason;
}

/** An explanation by another library: batch after batch of masks goes in, the sum of its weighted masks comes out. */
class MaskedRun implements PeerRun {
  readonly note: string;
  readonly #net: PeerNet;
  readonly #batch: number;
  readonly #masks: Masks;
  #map = new Float32Array();

  constructor(net: PeerNet, batch: number, masks: Masks) {
    this.note = `${batch} images at a time`;
    this.#net = net;
    this.#batch = batch;
    this.#masks = masks;
  }

  /** The sum of the masks from `first` on, as many as go in at a time. */
  async batch(first: number): Promise<Float32Array> {
    for (const [index, values] of partsOf(this.#masks, first, this.#batch).entries()) this.#net.write(index, values);
    await this.#net.run();
    return this.#net.read();
  }

  async run(): Promise<void> {
    const { count } = this.#masks;
    let sum: Float32Array<ArrayBuffer> | undefined;
    for (let first = 0; first < count; first += this.#batch) {
      const part = await this.batch(first);
      sum ??= new Float32Array(part.length);
      for (const [at, value] of part.entries()) sum[at] = (sum[at] as number) + value;
    }
    this.#map = (sum as Float32Array<ArrayBuffer>).map((value) => value / (count * SETTINGS.keep));
  }

  async read(): Promise<Float32Array> {
    return this.#map;
  }

  dispose(): void {
    this.#net.dispose();
  }
}

/** The masks from `first` on; beyond the last they are empty, and weigh nothing. */
function partsOf({ count, parts }: Masks, first: number, batch: number): Float32Array<ArrayBuffer>[] {
  return parts.map((values) => {
    const one = values.length / count;
    const part = new Float32Array(batch * one);
    part.set(values.subarray(first * one, (first + batch) * one));
    return part;
  });
}

/** The photo's nearest pixels at a net's size, so that nothing needs to be resized. */
function thumbnail({ width, height, data }: Photo, size: Size): Photo {
  const pixels = new Uint8Array(4 * size.width * size.height);
  for (let at = 0; at < size.width * size.height; at++) {
    const x = Math.floor((((at % size.width) + 0.5) * width) / size.width);
    const y = Math.floor(((Math.floor(at / size.width) + 0.5) * height) / size.height);
    pixels.set(data.subarray(4 * (y * width + x), 4 * (y * width + x) + 4), 4 * at);
  }
  return { ...size, data: pixels };
}

/** Colours as the net takes them: height x width x 3. */
function normalised({ width, height, data }: Photo): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: width * height * 3 }, (_, at) => {
    const value = data[4 * Math.floor(at / 3) + (at % 3)] as number;
    return (value / 255 - MEAN) / DEVIATION;
  });
}
