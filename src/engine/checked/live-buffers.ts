/** Remembers which buffers engines have made and released, so that a use of one that is gone is refused by name. */
import { ensure, isWhole, refuse } from "./arguments.ts";

const live = new WeakMap<GPUBuffer, boolean>();

export function noteMade(buffer: GPUBuffer): void {
  live.set(buffer, true);
}

export function noteReleased(buffer: GPUBuffer): void {
  if (live.has(buffer)) live.set(buffer, false);
}

/** Whether an engine made it, and has destroyed it since. */
export function isReleased(buffer: GPUBuffer): boolean {
  return live.get(buffer) === false;
}

/** Throws INVALID for what is no buffer, DISPOSED for one that is gone. */
export function ensureBuffer(what: string, buffer: GPUBuffer): void {
  ensure(typeof buffer?.destroy === "function" && typeof buffer.size === "number", `${what} is`, buffer, "Give a GPUBuffer.");
  if (isReleased(buffer)) refuse(`${what}, "${buffer.label}", was released`, "Keep it until its last use.", "DISPOSED");
}

/** Throws INVALID where a range of bytes is not inside a buffer, or is none that WebGPU can copy. */
export function ensureRange(what: string, buffer: GPUBuffer, offset: number, bytes: number): void {
  const copied = isWhole(offset, 0) && isWhole(bytes, 0) && offset % 4 === 0 && bytes % 4 === 0;
  if (copied && offset + bytes <= buffer.size) return;
  const range = `${bytes} bytes from ${offset} on, and the buffer has ${buffer.size}`;
  refuse(`${what} ${range}`, "Give whole multiples of 4 that lie in the buffer.");
}
