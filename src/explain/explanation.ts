/** What an explanation returns, and what a session lends to whoever makes one. */
import type { Rectangle } from "../classify/fit.ts";
import type { Profile } from "../engine/profile.ts";
import type { Size } from "../nets/input-spec.ts";
import type { Safetensors } from "../nets/weights/safetensors.ts";
import type { Precision } from "../ops/packed-weights.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import type { MethodResult } from "./method.ts";
import type { RelabelFindings } from "./methods.ts";
import type { ClassScore } from "./prediction.ts";
import type { Attempt } from "./recovery.ts";

/** The findings are there where the method is re-label distillation and has them. */
export interface Explanation extends Omit<MethodResult, "facts">, RelabelFindings {
  /** Of the map and the input, in pixels. */
  height: number;
  width: number;
  /** Of the photo as it was taken, in pixels. */
  photo: Size;
  /** The part of the photo that the teacher saw, in its pixels. */
  crop: Rectangle;
  /** What the teacher saw: RGBA, height x width. */
  input: Uint8ClampedArray;
  target: ClassScore;
  top5: ClassScore[];
  teacher: string;
  /** Name of one of METHODS. */
  method: string;
  seed: number;
  /** Where `profile` asked for it. */
  profile?: Profile;
  /** Every setting, and what the method found out. */
  settings: Record<string, unknown>;
  /** Of each of the method's stages, and in all. */
  seconds: Record<string, number> & { total: number };
  /** Bytes of GPU memory: the budget, and the most that the session has used so far. */
  memory: { budget: number; peak: number };
}

/** What a session lends in addition to what is loaded. */
export interface Lease extends Omit<Attempt, "loaded"> {
  /** Makes sure that the VAE is loaded. */
  withVae(): Promise<void>;
  /** The teacher's weights once more. */
  openWeights(): Promise<Safetensors | WeightSource>;
  precision: Precision;
  activations: Precision;
}
