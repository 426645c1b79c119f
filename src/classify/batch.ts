/** Chooses how many images go through the classifier at once, so that their memory fits the budget. */
import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { pixelUnit, type Size } from "../nets/input-spec.ts";

/** Images at once: exactly `most`, or up to that number as the memory allows. */
export interface BatchOption {
  most: number;
  exact: boolean;
}

/** GPU memory in bytes: everything, and the largest buffer. */
export interface Footprint {
  bytes: number;
  largest: number;
}

/** What tensors, and plans once they are compiled, allocate. */
export function footprintOf(tensors: readonly Tensor[], plans: readonly PlanBuilder[]): Footprint {
  const sizes = tensors.map(({ bytes }) => bytes);
  const memories = plans.map(({ memory }) => memory);
  return {
    bytes: [...sizes, ...memories.map(({ bytes }) => bytes)].reduce((sum, bytes) => sum + bytes, 0),
    largest: Math.max(...sizes, ...memories.map(({ largest }) => largest)),
  };
}

/** The largest batch up to `most` that the adapter binds and the budget holds in addition to `reserved` bytes; 1 if none fits. */
export function largestBatch(engine: Engine, most: number, reserved: number, footprint: (batch: number) => Footprint): number {
  const free = engine.free - reserved;
  for (let batch = most; batch > 1; batch = Math.min(batch - 1, Math.ceil(batch * 0.75))) {
    const { bytes, largest } = footprint(batch);
    if (bytes <= free && largest <= engine.largestTensor) return batch;
  }
  return 1;
}

/** Of an input of 224 x 224, or smaller. */
const READOUT_BYTES = 8e6;

/** Maps on their way out, readbacks and uniforms. */
export function readoutBytes(input: Size): number {
  return READOUT_BYTES * Math.max(1, pixelUnit(input) ** 2);
}
