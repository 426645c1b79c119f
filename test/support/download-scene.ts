import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type DownloadOptions, download, type RemoteFile } from "../../src/cli/fetch-weights.ts";
import { findHubFile } from "../../src/faces/all.ts";
import { temporaryFolder } from "./command-line.ts";
import { type Hub, makeFile, startHub } from "./hub-server.ts";

const PLACE = { repository: "timm/net", path: "model.safetensors" };
export const SIZE = 1_000_000;

export interface Scene {
  hub: Hub;
  file: Uint8Array;
  remote: RemoteFile;
  folder: string;
  path: string;
  part: string;
  get: (options?: DownloadOptions) => Promise<boolean>;
  /** The error that a download ends with. */
  fails: (options?: DownloadOptions) => Promise<Error & { fix: string }>;
}

export async function scene(): Promise<Scene> {
  const file = makeFile(SIZE);
  const hub = await startHub({ "timm/net/model.safetensors": file });
  const remote = await findHubFile(PLACE, hub.endpoint);
  const folder = await temporaryFolder();
  const path = join(folder, "cache", "net.safetensors");
  const get = (options: DownloadOptions = {}) => download(remote, path, { waits: [1, 1, 1], ...options });
  const fails = async (options?: DownloadOptions) => {
    const error = await get(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    return error as Error & { fix: string };
  };
  return { hub, file, remote, folder: join(folder, "cache"), path, part: `${path}.part`, get, fails };
}

/** vitest's own comparison takes seconds for a million bytes. */
export async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  return (await readFile(path)).equals(bytes);
}

export async function leave(part: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(part, ".."), { recursive: true });
  await writeFile(part, bytes);
}
