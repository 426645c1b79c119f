/** Formats numbers, times and names for the page. */
import type { Outputs } from "../faces/all.ts";

/** 0.4831 -> "48%"; shares near nothing and near all keep a digit. */
export function percent(share: number): string {
  const value = share * 100;
  const near = (value > 0 && value < 9.95) || (value > 99 && value < 99.95);
  return `${value.toFixed(near ? 1 : 0)}%`;
}

/** What a classifier gives a class: a share, unless its outputs are scores. 7.25 -> "7.25" of logits. */
export function degree(value: number, outputs: Outputs): string {
  return outputs === "logits" ? value.toFixed(2) : percent(value);
}

/** 12.345 -> "12.3 s", 75 -> "1 min 15 s". */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** An estimate in whole seconds: 12.345 -> "12 s", 75 -> "1 min 15 s". */
export function roughly(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 60 ? `${whole} s` : duration(whole);
}

/** An estimate, in words that do not pretend precision. */
export function timeLeft(seconds: number): string {
  if (seconds < 1.5) return "a moment left";
  if (seconds < 10) return `about ${Math.round(seconds)} s left`;
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The first of a class's names: "tabby, tabby cat" -> "tabby". */
export function shortLabel(label: string): string {
  return label.split(",")[0] as string;
}

/** "number of masks" -> "Number of masks". */
export function capitalise(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The name of a parameter or stage as words: "contrastLayer" -> "Contrast layer". */
export function inWords(name: string): string {
  return capitalise(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`));
}

/** 1000 -> "1,000". */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** Three digits: 0.012345 -> "0.0123", 12.345 -> "12.3". */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace(/-/g, "−");
}
