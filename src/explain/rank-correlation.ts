/** Compares maps by the order of their values. */

/** Ranks from 1 on, in ascending order; equal values share the mean of theirs. */
function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = Uint32Array.from({ length: values.length }, (_, at) => at);
  order.sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === values[order[start] as number]) end++;
    for (let i = start; i < end; i++) ranks[order[i] as number] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** Pearson's correlation of two lists of numbers; NaN where one of them is constant. */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i] as number;
    return sum / values.length;
  };
  const [middle, centre] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [u, v] = [(x[i] as number) - middle, (y[i] as number) - centre];
    xy += u * v;
    xx += u * u;
    yy += v * v;
  }
  return xy / Math.sqrt(xx * yy);
}

/** Spearman's rank correlation of two maps, ties at their mean rank; NaN where one of them is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`Maps of ${a.length} and ${b.length} values have no correlation.`);
  return pearson(averageRanks(a), averageRanks(b));
}

/** Of a standard normal number, the value above which it lies nineteen times of twenty, negated. */
const ONE_SIDED = 1.645;

/** The lower end of the one-sided 95 % interval of a correlation of so many independent values, by Fisher's transformation. */
export function atLeast(r: number, values: number): number {
  return Math.tanh(Math.atanh(r) - ONE_SIDED / Math.sqrt(values - 3));
}

/**
 * The correlation to be expected of two wholes of m + n samples each, where parts of m and of n have correlation r: a part of k samples is held to
 * have k / (k + c) of its variance in common with the truth, for some c. Of equal parts this is 2 r / (1 + r) (Spearman 1910, Brown 1910). 0 where the
 * parts do not agree at all, of which nothing follows for the whole.
 */
export function stepUp(r: number, m: number, n: number): number {
  if (!(r > 0)) return 0;
  const whole = m + n;
  const c = (Math.sqrt(whole ** 2 + 4 * m * n * (1 / r ** 2 - 1)) - whole) / 2;
  return whole / (whole + c);
}
