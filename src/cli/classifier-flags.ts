/** Defines --model, --weights, --labels and the options for the classifier's input, shared by the commands. */
import { InvalidArgumentError, Option } from "commander";
import {
  CHANNELS,
  type Channels,
  type Colour,
  FILTERS,
  type Filter,
  type InputSpec,
  OUTPUTS,
  type Outputs,
  PREPROCESSINGS,
  type Preprocessing,
  parseColour,
  parseSize,
  RESIZES,
  type Resize,
  type Size,
  TEACHERS,
} from "../faces/all.ts";
import { typed } from "./paths.ts";

/** The options as parsed. */
export interface ClassifierOptions {
  model?: string;
  /** The former name of `model`. */
  teacher?: string;
  weights?: string;
  labels?: string;
  size?: Size;
  channels?: Channels;
  preprocess?: Preprocessing;
  resize?: ResizeOption;
  /** The former name of `resize`. */
  fit?: ResizeOption;
  filter?: Filter;
  mean?: Colour;
  deviation?: Colour;
  outputs?: Outputs;
}

type ResizeOption = Pick<InputSpec, "resize"> & Partial<Pick<InputSpec, "share">>;

export function classifierOptions(): Option[] {
  const names = TEACHERS.map(({ name }) => name).join(", ");
  return [
    new Option("--model <what>", `classifier: ${names}; or an ONNX file, or weights as for --weights (default: efficientnet-lite0)`),
    new Option("--teacher <what>", "another name of --model"),
    new Option(
      "--weights <where>",
      "the classifier's weights: a safetensors file or shard index, a folder with one, or an http(s) or s3 address " +
        `(default: the built-in ones, then what \`${typed("weights")}\` downloaded)`,
    ),
    new Option(
      "--labels <file>",
      "names of the classes: a line each, a JSON list or an id2label map (default: a config.json's, or ImageNet's)",
    ),
    sizeOption(),
    new Option(
      "--preprocess <name>",
      "how the classifier was trained to take photos; other options go first (default: the classifier's; of an ONNX file mostly torchvision)",
    ).choices(PREPROCESSINGS),
    new Option("--channels <order>", "of the input; grey as Pillow's L (default: rgb, or grey where the net takes one)").choices(CHANNELS),
    new Option(
      "--resize <how>",
      "crop[:SHARE]: keep the centre, SHARE of a side; squash: straight to the size (default: the classifier's, mostly crop:0.875)",
    ).argParser(readResize),
    new Option("--fit <how>", "another name of --resize").argParser(readResize),
    new Option("--filter <kind>", "of resizing, as Pillow's (default: the classifier's)").choices(FILTERS),
    new Option("--mean <R,G,B>", "what is subtracted from pixels in 0..1; one number for all (default: the classifier's)").argParser(
      readColour,
    ),
    new Option("--deviation <R,G,B>", "what they are then divided by (default: the classifier's)").argParser(readDeviation),
    new Option(
      "--outputs <kind>",
      "what the net's outputs are: softmax, sigmoid (a yes or no a class), or logits as they are (default: softmax; of one output sigmoid)",
    ).choices(OUTPUTS),
  ];
}

export function sizeOption(): Option {
  const text = "of the input in pixels, HEIGHTxWIDTH or one number (default: the classifier's, mostly 224)";
  return new Option("--size <HxW>", text).argParser(readSize);
}

function readSize(text: string): Size {
  const size = parseSize(text);
  if (!size) throw new InvalidArgumentError("Give HEIGHTxWIDTH in pixels, such as 48x192, or one number.");
  return size;
}

function readResize(text: string): ResizeOption {
  const [resize, share, ...rest] = text.split(":");
  const known = RESIZES.includes(resize as Resize) && rest.length === 0;
  const value = Number(share);
  if (!known || (share !== undefined && !(resize === "crop" && share.trim() !== "" && value > 0 && value <= 1))) {
    throw new InvalidArgumentError("Give crop, crop:SHARE with a number above 0 and up to 1, such as crop:0.95, or squash.");
  }
  return { resize: resize as Resize, ...(share === undefined ? {} : { share: value }) };
}

function readColour(text: string): Colour {
  const colour = parseColour(text);
  if (colour) return colour;
  throw new InvalidArgumentError(
    "Give three numbers for pixels in 0..1, such as 0.485,0.456,0.406, or one; if yours are for 0..255, divide them by 255.",
  );
}

function readDeviation(text: string): Colour {
  const colour = readColour(text);
  if (!colour.every((part) => part > 0)) throw new InvalidArgumentError("Give numbers above 0.");
  return colour;
}
