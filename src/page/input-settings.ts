/** Turns the texts of the input form into settings and back, apart from the form itself. */
import {
  type Channels,
  type Colour,
  type Filter,
  type InputSpec,
  type Outputs,
  parseColour,
  parseSize,
  type Resize,
} from "../faces/all.ts";
import { isNumber } from "./parameters.ts";

/** What a classifier makes of photos, and what its outputs mean. */
export interface InputSettings {
  input: InputSpec;
  outputs: Outputs;
}

/** What is to be otherwise; empty where nothing is. */
export interface SettingsChange {
  input?: Partial<InputSpec>;
  outputs?: Outputs;
}

export const SETTINGS_FIELDS = ["size", "channels", "resize", "share", "filter", "mean", "deviation", "outputs"] as const;

export type SettingsField = (typeof SETTINGS_FIELDS)[number];
/** What the form's fields hold. */
export type SettingsTexts = Readonly<Record<SettingsField, string>>;

/** What is in use, as the form's fields show it. */
export function settingsTexts({ input, outputs }: InputSettings): SettingsTexts {
  const { height, width, channels, resize, share, filter, mean, deviation } = input;
  const size = height === width ? `${height}` : `${height} x ${width}`;
  return { size, channels, resize, share: plain(share), filter, mean: colourText(mean), deviation: colourText(deviation), outputs };
}

/** What of the fields differs from what is in use, or the first field that holds nothing usable, and what to give there. */
export function settingsChange(texts: SettingsTexts, now: InputSettings): SettingsChange | { field: SettingsField; text: string } {
  const former = settingsTexts(now);
  const input: Partial<InputSpec> = {};
  for (const field of SETTINGS_FIELDS) {
    // Numbers are shown rounded: what nobody touched must stay as it is. What is not cropped has no share.
    if (texts[field] === former[field] || field === "outputs" || (field === "share" && texts.resize === "squash")) continue;
    const { parse, fix } = READERS[field];
    const parsed = parse(texts[field].trim());
    if (!parsed) return { field, text: fix };
    if (Object.entries(parsed).some(([key, value]) => String(value) !== String(now.input[key as keyof InputSpec])))
      Object.assign(input, parsed);
  }
  return {
    ...(Object.keys(input).length ? { input } : {}),
    ...(texts.outputs === former.outputs ? {} : { outputs: texts.outputs as Outputs }),
  };
}

const READERS: Record<Exclude<SettingsField, "outputs">, { parse: (text: string) => Partial<InputSpec> | undefined; fix: string }> = {
  size: { parse: parseSize, fix: "Give HEIGHT x WIDTH in pixels, such as 48 x 192, or one number." },
  // Of a list of choices nothing else can come.
  channels: { parse: (text) => ({ channels: text as Channels }), fix: "" },
  resize: { parse: (text) => ({ resize: text as Resize }), fix: "" },
  share: {
    parse: (text) => (isNumber(text, 0, 1) && Number(text) > 0 ? { share: Number(text) } : undefined),
    fix: "Give a number above 0 and up to 1, such as 0.875.",
  },
  filter: { parse: (text) => ({ filter: text as Filter }), fix: "" },
  mean: {
    parse(text) {
      const mean = parseColour(text);
      return mean && { mean };
    },
    fix: "Give the mean as three numbers, such as 0.485, 0.456, 0.406, or one, for pixels in 0 to 1; if yours are for 0 to 255, divide them by 255.",
  },
  deviation: {
    parse(text) {
      const deviation = parseColour(text);
      return deviation?.every((part) => part > 0) ? { deviation } : undefined;
    },
    fix: "Give the deviation as three numbers above 0, such as 0.229, 0.224, 0.225, or one, for pixels in 0 to 1; if yours are for 0 to 255, divide them by 255.",
  },
};

/** Without the digits that only rounding brings. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function colourText(colour: Colour): string {
  const [red, green, blue] = colour.map(plain) as [string, string, string];
  return red === green && green === blue ? red : [red, green, blue].join(", ");
}
