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

/** Spearman's rank correlation of two maps, ties at their mean rank; NaN where one of them is constant. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`Maps of ${a.length} and ${b.length} values have no correlation.`);
  const [x, y] = [averageRanks(a), averageRanks(b)];
  const middle = (a.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((rank, i) => {
    const [u, v] = [rank - middle, (y[i] as number) - middle];
    xy += u * v;
    xx += u * u;
    yy += v * v;
  });
  return xy / Math.sqrt(xx * yy);
}
