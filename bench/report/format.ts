/** Formats numbers for the benchmark's tables and lines. */

/** Three significant digits without an exponent; empty for nothing. */
export function digits(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "";
  const magnitude = Math.abs(value);
  return magnitude >= 100 || magnitude === 0 ? value.toFixed(0) : value.toFixed(Math.min(6, 2 - Math.floor(Math.log10(magnitude))));
}

/** A length of time in words that do not pretend precision: "40 s", "3 min", "2.5 h". */
export function roughly(seconds: number): string {
  if (seconds < 10) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90) return `${5 * Math.round(seconds / 5)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** A share as whole per cent. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? "" : `${(share * 100).toFixed(0)} %`;
}
