/** Lets the temporaries of a plan share buffers. */

/** When a virtual tensor is first written and last used, in dispatch order, and how many bytes it needs. */
export interface Lifetime {
  first: number;
  last: number;
  bytes: number;
}

export interface Assignment {
  /** Slot of every lifetime, in the order given. */
  slots: number[];
  /** Bytes of every slot. */
  sizes: number[];
}

/**
 * Gives every lifetime a slot so that two share one only if they never live in the same dispatch (WebGPU forbids one buffer to be
 * bound read and read_write at once, hence whole buffers and not ranges of an arena). Greedy in order of first use: the smallest
 * free slot that fits, else the largest free one grown, else a new one.
 */
export function assignSlots(lifetimes: readonly Lifetime[]): Assignment {
  const slots = new Array<number>(lifetimes.length).fill(-1);
  const sizes: number[] = [];
  const busyUntil: number[] = [];
  const order = lifetimes.map((_, index) => index).sort((a, b) => at(a).first - at(b).first || at(b).bytes - at(a).bytes);
  function at(index: number): Lifetime {
    return lifetimes[index] as Lifetime;
  }
  for (const index of order) {
    const { first, last, bytes } = at(index);
    let best = -1;
    for (let slot = 0; slot < sizes.length; slot++) {
      if ((busyUntil[slot] as number) >= first) continue;
      const size = sizes[slot] as number;
      const bestSize = best < 0 ? -1 : (sizes[best] as number);
      const better = size >= bytes ? bestSize < bytes || size < bestSize : bestSize < bytes && size > bestSize;
      if (better) best = slot;
    }
    if (best < 0) best = sizes.push(0) - 1;
    sizes[best] = Math.max(sizes[best] as number, bytes);
    busyUntil[best] = last;
    slots[index] = best;
  }
  return { slots, sizes };
}
