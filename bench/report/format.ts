/** Formats numbers for the benchmark's tables and lines. */

/** Three significant digits without an exponent; empty for nothing. */
export function digits(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return "";
  const magnitude = Math.abs(value);
  return magnitude >= 100 || magnitude === 0 ? value.toFixed(0) : value.toFixed(Math.min(6, 2 - Math.floor(Math.log10(magnitude))));
}

/** A share as whole per cent. */
export function percent(share: number | undefined): string {
  return share === undefined || !Number.isFinite(share) ? "" : `${(share * 100).toFixed(0)} %`;
}
