/** Addresses of photos in an S3-compatible store: s3://BUCKET/KEY, the key as it is, without escapes. */
import { resolve } from "node:path";
import { CommandError } from "../errors.ts";

const SCHEME = "s3://";

/** Whether a photo, or a folder of them, lies in a store. */
export function isInStore(place: string): boolean {
  return place.startsWith(SCHEME);
}

/** The bucket of an address, and the key in it, or what keys begin with. Throws a CommandError for an address without a bucket. */
export function readStoreAddress(address: string): { bucket: string; key: string } {
  const [, bucket, key = ""] = /^([\w.-]+)(?:\/(.*))?$/s.exec(address.slice(SCHEME.length)) ?? [];
  if (bucket === undefined) throw new CommandError(`${address} names no bucket`, "Give s3://BUCKET/FOLDER.");
  return { bucket, key };
}

export function storeAddress(bucket: string, key: string): string {
  return `${SCHEME}${bucket}/${key}`;
}

/** Tells places apart: an address as it is, and the absolute path of a file. */
export function absolutePlace(place: string): string {
  return isInStore(place) ? place : resolve(place);
}
