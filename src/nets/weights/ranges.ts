/** A file on a server that is read by range requests, as where only its header is wanted. */
import { EngineError } from "../../engine/errors.ts";
import { addressOf } from "./address.ts";
import { type ByteSource, openBlob, openBuffer } from "./byte-source.ts";

/** A tensor may be a few bytes, and each request costs a journey: what is smaller comes out of pieces of this size. */
const PIECE_BYTES = 4 << 20;
/** Nets read their tensors almost in the order of the file. */
const KEPT_PIECES = 4;

/** A resource on a server: pieces by range requests, or all of it at once where the server knows none. */
export async function openUrl(given: string | URL, name: string): Promise<ByteSource> {
  const url = addressOf(given);
  const first = await request(url, name, 0, PIECE_BYTES);
  const size = sizeOf(first);
  // There is no first byte to send.
  if (first.status === 416) return openBuffer(new ArrayBuffer(0), name);
  if (first.status !== 206 || !Number.isSafeInteger(size)) return openBlob(await first.blob(), name);

  async function bytesOf(response: Response, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (response.status !== 206 || sizeOf(response) !== size || bytes.length !== length) refuse(url, name, "it changed while it was read");
    return bytes;
  }

  /** The last ones used, the latest last. */
  const pieces = new Map([[0, Promise.resolve(await bytesOf(first, Math.min(size, PIECE_BYTES)))]]);
  const fetchRange = async (start: number, end: number) => bytesOf(await request(url, name, start, end), end - start);

  function piece(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const start = index * PIECE_BYTES;
    const found = pieces.get(index) ?? fetchRange(start, Math.min(size, start + PIECE_BYTES));
    pieces.delete(index);
    pieces.set(index, found);
    found.catch(() => pieces.delete(index));
    const [oldest] = pieces.keys();
    if (pieces.size > KEPT_PIECES) pieces.delete(oldest as number);
    return found;
  }

  return {
    name,
    size,
    async read(start, end) {
      if (end - start >= PIECE_BYTES) return fetchRange(start, end);
      const bytes = new Uint8Array(end - start);
      const [from, to] = [Math.floor(start / PIECE_BYTES), Math.ceil(end / PIECE_BYTES)];
      const parts = await Promise.all(Array.from({ length: to - from }, (_, i) => piece(from + i)));
      parts.forEach((part, i) => {
        const origin = (from + i) * PIECE_BYTES;
        bytes.set(part.subarray(Math.max(0, start - origin), end - origin), Math.max(0, origin - start));
      });
      return bytes;
    },
  };
}

async function request(url: URL, name: string, start: number, end: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` } });
  } catch (cause) {
    refuse(url, name, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!response.ok && !(response.status === 416 && sizeOf(response) === 0)) refuse(url, name, `the server answered ${response.status}`);
  return response;
}

/** The size of the whole, as an answer to a range request says it; NaN where it does not. */
function sizeOf({ headers }: Response): number {
  return Number(/\/(\d+)$/.exec(headers.get("Content-Range") ?? "")?.[1]);
}

function refuse(url: URL, name: string, why: string, cause?: unknown): never {
  throw new EngineError("BAD_WEIGHTS", `${name} could not be loaded from ${url}: ${why}.`, "Check the address and the connection.", {
    cause,
  });
}
