/** Recognises files that are not safetensors, and tells users how to convert them. */
import { EngineError } from "../../engine/errors.ts";
import { printable } from "../../engine/printable.ts";
import { refuseFile } from "./refuse-file.ts";

/** How files of another format begin, and what to do with one. */
type Format = readonly [begins: RegExp, what: string, fix: string];

/** What servers and Git put in a file's place. */
const PLACEHOLDERS: readonly Format[] = [
  [/^\s*<(!doctype|html|\?xml)/i, "it is a web page", "Look at it in a browser, then download the file itself."],
  [
    /^version https:\/\/git-lfs/,
    "it is a Git LFS pointer, not the file that it stands for",
    "Run `git lfs pull` in its folder, or download the file itself.",
  ],
];
const HDF5 = [/^\x89HDF\r\n/, "it is an HDF5 file, as Keras writes them"] as const;
const GGUF = [/^GGUF/, "it is a GGUF file"] as const;
const FORMATS: readonly Format[] = [
  ...PLACEHOLDERS,
  [...HDF5, "Only safetensors files are loaded: save the model's weights as one."],
  [...GGUF, "Only safetensors files are loaded: give the model that it was made from."],
];
const EXPORT = "Export the model as ONNX, and give that file.";
/** What people give in place of an ONNX model. */
const NOT_ONNX: readonly Format[] = [...PLACEHOLDERS, [...HDF5, EXPORT], [...GGUF, EXPORT]];
/** A single piece of a text is enough for an error. */
const TEXT = /^[\t\n\r\x20-\x7e]+$/;

/** Unwraps what trainers put around the weights, and writes them. In it are no characters that a shell looks for in double quotes. */
const CONVERT = [
  "import sys, torch, safetensors.torch as s",
  "d = torch.load(sys.argv[1], map_location='cpu', weights_only=True)",
  "d = next((d[k] for k in ('state_dict', 'model_state_dict', 'model') if isinstance(d.get(k), dict)), d)",
  "s.save_file({k: v.clone().contiguous() for k, v in d.items() if torch.is_tensor(v)}, sys.argv[2])",
].join("; ");

/** What a file is that people have instead of an ONNX model, and what to do about it; undefined of any other. `head`: its first 64 bytes. */
export function insteadOfOnnx(head: Uint8Array): { what: string; fix: string } | undefined {
  const text = String.fromCharCode(...head);
  const [, what, fix] = NOT_ONNX.find(([begins]) => begins.test(text)) ?? [];
  if (what !== undefined && fix !== undefined) return { what, fix };
  if (isZip(text)) return { what: "it is a zip archive, as PyTorch, Keras and NumPy write them", fix: EXPORT };
  if (isPickle(head)) return { what: "it is a pickled object, as PyTorch writes checkpoints", fix: EXPORT };
  // Behind the length of its header, in 8 bytes.
  if (text.slice(7, 10) === '\0{"')
    return { what: "it is a safetensors file", fix: "Let its name end in .safetensors, and say which net its weights are of." };
  return TEXT.test(text) ? textOnly(text) : undefined;
}

const isZip = (text: string) => text.startsWith("PK\x03\x04");
const isPickle = ([first, second = 0]: Uint8Array) => first === 0x80 && second >= 2 && second <= 5;

const textOnly = (text: string) => ({
  what: `it is the text "${printable(text.trim(), 60)}"`,
  fix: "Download the file itself; it may want a login.",
});

/** Throws BAD_WEIGHTS for a file that people often have instead of safetensors, with what to do about it. `head`: its first 64 bytes. */
export function refuseOtherFormats(file: string, head: Uint8Array): void {
  const text = String.fromCharCode(...head);
  const unusable = (what: string, fix: string) => refuseFile(file, what, fix);
  for (const [begins, what, fix] of FORMATS) if (begins.test(text)) unusable(what, fix);
  const [first, second = 0, third] = head;
  // Fields of protocol buffers: the version of the format, then who wrote it.
  if (first === 8 && second < 0x20 && third === 0x12)
    unusable("it is an ONNX model", "Give it as the model itself, or give the weights that it was exported from, as safetensors.");
  if (isZip(text) || isPickle(head)) refuseCheckpoint(file);
  if (TEXT.test(text)) unusable(textOnly(text).what, textOnly(text).fix);
}

/** The converted file's name, which is never the checkpoint's own. */
function targetOf(file: string): string {
  const target = file.replace(/(\.\w+)?$/, ".safetensors");
  return target === file ? file.replace(/\.safetensors$/, ".converted.safetensors") : target;
}

function refuseCheckpoint(file: string): never {
  // In double quotes, which every shell takes, blanks, apostrophes and backslashes are plain; of a name with other signs none is printed.
  const safe = !/["$`%!\p{Cc}]/u.test(file);
  const [from, to] = safe ? [file, targetOf(file)] : ["checkpoint.pth", "weights.safetensors"];
  throw new EngineError(
    "BAD_WEIGHTS",
    `${printable(file, 200)} is a PyTorch checkpoint, which may run code when it is read; only safetensors files are loaded.`,
    `Convert it${safe ? "" : ", under a plain name"}:
pip install torch safetensors
python -c "${CONVERT}" "${from}" "${to}"
If that says "Unsupported global", the file is a whole pickled model: where its code is, load it and save model.state_dict() instead.`,
  );
}
