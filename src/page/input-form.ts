import {
  CHANNELS,
  type Channels,
  type Colour,
  FILTERS,
  type Filter,
  type InputSpec,
  OUTPUTS,
  type Outputs,
  RESIZES,
  type Resize,
} from "../index.ts";
import { element, make } from "./elements.ts";
import { PageError } from "./problem.ts";
import type { View } from "./state.ts";
import type { Teachers } from "./teachers.ts";

/** What the form says, as text. */
export interface InputFields {
  size: string;
  channels: string;
  resize: string;
  share: string;
  filter: string;
  mean: string;
  deviation: string;
  outputs: string;
}

const FIELDS = ["size", "channels", "resize", "share", "filter", "mean", "deviation", "outputs"] as const;

/** How the classifier in use takes photos, and what can be changed of that. */
export function mountInputForm(teachers: Teachers): View {
  const form = element("input-form", HTMLFormElement);
  const apply = element("input-apply", HTMLButtonElement);
  const fields = Object.fromEntries(FIELDS.map((name) => [name, element(`input-${name}`, HTMLElement)])) as unknown as Record<
    keyof InputFields,
    HTMLInputElement | HTMLSelectElement
  >;
  for (const [name, values] of [
    ["channels", CHANNELS],
    ["resize", RESIZES],
    ["filter", FILTERS],
    ["outputs", OUTPUTS],
  ] as const) {
    fields[name].append(...values.map((value) => make("option", { value }, value)));
  }
  const read = () => Object.fromEntries(FIELDS.map((name) => [name, fields[name].value])) as unknown as InputFields;
  let now: InputFields | undefined;
  let waits = true;
  const look = () => {
    fields.share.disabled = waits || fields.resize.value !== "crop";
    apply.disabled = waits || FIELDS.every((name) => fields[name].value === now?.[name]);
  };
  form.addEventListener("input", look);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    teachers.take(read());
  });

  return ({ engine, transfer, switching, run, tuning }, before) => {
    waits = engine.kind !== "ready" || Boolean(transfer || switching || run || tuning);
    if (engine !== before?.engine && engine.kind === "ready") {
      now = describeInput(engine.input, engine.outputs);
      for (const name of FIELDS) fields[name].value = now[name];
    }
    for (const name of FIELDS) fields[name].disabled = waits;
    look();
  };
}

/** The form's text for an input. */
export function describeInput({ height, width, mean, deviation, ...input }: InputSpec, outputs: Outputs): InputFields {
  const short = (value: number) => String(Number(value.toPrecision(6)));
  const colour = (values: Colour) => (values.every((value) => value === values[0]) ? short(values[0]) : values.map(short).join(", "));
  return {
    ...{ size: height === width ? String(height) : `${height}x${width}`, mean: colour(mean), deviation: colour(deviation) },
    ...{ channels: input.channels, resize: input.resize, share: short(input.share), filter: input.filter, outputs },
  };
}

/** What the form says where that is not what is in use. Throws a PageError that names the field. */
export function parseInput(fields: InputFields, now: InputFields): { input: Partial<InputSpec>; outputs?: Outputs } {
  const changed = (name: keyof InputFields) => fields[name].trim() !== now[name];
  const input: { -readonly [K in keyof InputSpec]?: InputSpec[K] } = {};
  if (changed("size")) Object.assign(input, parseSize(fields.size));
  if (changed("channels")) input.channels = fields.channels as Channels;
  if (changed("resize")) input.resize = fields.resize as Resize;
  if (changed("share")) {
    const share = Number(fields.share);
    if (!(share > 0 && share <= 1))
      throw new PageError("The share that is kept is no number above 0 and up to 1.", "Give one such as 0.875.");
    input.share = share;
  }
  if (changed("filter")) input.filter = fields.filter as Filter;
  if (changed("mean")) input.mean = parseColour("mean", fields.mean);
  if (changed("deviation")) input.deviation = parseColour("deviation", fields.deviation);
  return { input, ...(changed("outputs") ? { outputs: fields.outputs as Outputs } : {}) };
}

function parseSize(text: string): Pick<InputSpec, "height" | "width"> {
  const [, height, width = height] = /^\s*(\d{1,4})(?:\s*[xX×]\s*(\d{1,4}))?\s*$/.exec(text) ?? [];
  if (!Number(height) || !Number(width))
    throw new PageError(`"${text}" is no size.`, "Give HEIGHTxWIDTH in pixels, such as 48x192, or one number.");
  return { height: Number(height), width: Number(width) };
}

function parseColour(name: string, text: string): Colour {
  const parts = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [red, green = red, blue = red] = parts as [number, number?, number?];
  if (![1, 3].includes(parts.length) || !parts.every((part) => Math.abs(part) <= 1)) {
    throw new PageError(
      `The ${name} "${text}" is neither one number nor three, for pixels in 0..1.`,
      "If yours are for 0..255, divide them by 255.",
    );
  }
  return [red, green as number, blue as number];
}
