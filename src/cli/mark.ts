/** Marks every file that relabel writes, so that it overwrites only its own files unless told to. */
import { open, stat } from "node:fs/promises";
import { extname } from "node:path";
import { crc32 } from "node:zlib";
import { VERSION } from "./paths.ts";

/** Every file that the project writes says so with this text, and a file that says so may be replaced by the next run. */
export const MARK = `relabel ${VERSION}`;

/** EXIF fields for sharp's `withExif`: the mark of a WebP file. */
export const MARK_EXIF = { IFD0: { Software: MARK } };

/** Signature and header of a PNG file: 8 bytes and one chunk of 25. */
const PNG_HEADER = 33;
/** Bytes at either end of a file in which its mark lies. */
const REACH = 1024;

interface Form {
  /** Finds the mark in the ends of a file, read as Latin-1. */
  readonly pattern: RegExp;
  /** Puts the mark into the content; absent where the encoder does. */
  readonly put?: (content: string | Uint8Array) => string | Uint8Array;
}

const COMMENT: Form = { pattern: /^<!-- relabel /, put: (content) => `<!-- ${MARK} -->\n${content}` };

const FORMS: Readonly<Record<string, Form>> = {
  ".json": {
    pattern: /^\{\s*"generator": ?"relabel /,
    put: (content) => String(content).replace(/^\{(\s*)/, (_, gap) => `{${gap}"generator": ${JSON.stringify(MARK)},${gap}`),
  },
  ".html": {
    pattern: /<meta name="generator" content="relabel /,
    put: (content) => String(content).replace("<head>", `<head>\n<meta name="generator" content="${MARK}">`),
  },
  ".ts": { pattern: /^\/\/ relabel \d/, put: (content) => `// ${MARK}\n${content}` },
  ".md": COMMENT,
  ".svg": COMMENT,
  ".png": { pattern: /^.{37}tEXtSoftware\0relabel /s, put: (content) => markPng(content as Uint8Array) },
  ".webp": { pattern: /EXIF.*relabel \d/s },
};

/** Formats without room for a mark belong to another file, which is always written with them. */
const NEIGHBOURS: Readonly<Record<string, (path: string) => string>> = {
  ".npy": (path) => path.replace(/\.map\.npy$/, ".overlay.png"),
  ".csv": (path) => path.replace(/\.csv$/, ".json").replace(/\brows\.json$/, "table.json"),
};

/** The content with the project's mark in the form that suits the path's ending. */
export function mark(path: string, content: string | Uint8Array): string | Uint8Array {
  const { put, pattern } = FORMS[extname(path)] ?? {};
  return put && !pattern?.test(endsOf(content)) ? put(content) : content;
}

/** Whether a file carries the project's mark, or its neighbour does. Throws what the file system does. */
export async function isMarked(path: string): Promise<boolean> {
  const ending = extname(path);
  const neighbour = NEIGHBOURS[ending]?.(path);
  if (neighbour !== undefined) return neighbour !== path && (await isMarked(neighbour));
  const facts = await stat(path).catch(() => undefined);
  // Reading a pipe would wait for its writer.
  if (!facts?.isFile()) return false;
  const file = await open(path);
  try {
    const { size } = facts;
    const ends = Buffer.alloc(2 * REACH);
    await file.read(ends, 0, REACH, 0);
    await file.read(ends, REACH, REACH, Math.max(size - REACH, 0));
    return FORMS[ending]?.pattern.test(ends.toString("latin1")) ?? false;
  } finally {
    await file.close();
  }
}

function endsOf(content: string | Uint8Array): string {
  return typeof content === "string" ? content.slice(0, REACH) : Buffer.from(content.subarray(0, REACH)).toString("latin1");
}

/** Adds a text chunk behind the header, where the PNG specification wants it. */
function markPng(png: Uint8Array): Uint8Array {
  const text = Buffer.from(`tEXtSoftware\0${MARK}`, "latin1");
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(text.length - "tEXt".length);
  check.writeUInt32BE(crc32(text));
  return Buffer.concat([png.subarray(0, PNG_HEADER), length, text, check, png.subarray(PNG_HEADER)]);
}
