/** Remembers which version of a file was downloaded first, so that a swapped file is noticed. */
import { get, set } from "idb-keyval";
import type { HubDownload } from "../faces/all.ts";
import { browserStoreOf } from "./browser-store.ts";

/** Outlives the file: it stays when the weights are deleted. */
export type WeightsRecord = Pick<HubDownload, "sha256" | "statedBy">;

const store = browserStoreOf("relabel-weights", "records");

/** A browser that keeps nothing has no records. */
export async function readRecord(file: string): Promise<WeightsRecord | undefined> {
  return get<WeightsRecord>(file, store).catch(() => undefined);
}

export async function writeRecord(file: string, { sha256, statedBy }: WeightsRecord): Promise<void> {
  await set(file, { sha256, statedBy }, store).catch(() => undefined);
}
