/** Lets the benchmark run in a page: its weights, its photo, and the browser's name. */
import { weightsAddress } from "../src/cli/page-protocol.ts";
import type { Photo } from "../src/faces/all.ts";
import { loadPeer } from "./peers.ts";
import type { RuntimeInfo } from "./report/report.ts";
import type { Host } from "./run.ts";

export const PHOTO = "examples/cat.jpg";

type Given = Pick<Host, "onReport" | "onStatus" | "signal" | "ownNets">;

/**
 * The host of a page. `base`: the address of the folder under which the photo and weights/ lie; `built`: where a build has put those of them
 * that it has renamed, by their paths.
 */
export async function browserHost(base: URL, given: Given, built: Readonly<Record<string, string>> = {}): Promise<Host> {
  const addressOf = (path: string) => new URL(built[path] ?? path, base);
  return {
    ...{ gpu: navigator.gpu, runtime: await browserInfo(), openPeer: loadPeer, readWeights: findWeights, ...given },
    readPhoto: () => readPhoto(addressOf(PHOTO)),
  };

  async function findWeights(file: string): Promise<URL> {
    const url = addressOf(weightsAddress(file));
    const { ok, headers } = await fetch(url, { method: "HEAD" });
    // A development server may answer with a page for what it does not have.
    if (ok && !headers.get("content-type")?.startsWith("text/html")) return url;
    throw new Error(
      `${file} is not here: run \`npm run weights -- ${file.replace(/\.safetensors$/, "")}\` and start from the command line.`,
    );
  }
}

type Brand = { brand: string; version: string };

/** What TypeScript's DOM does not know yet: Chrome's own words about itself, which have the full version. */
interface WithBrands {
  readonly userAgentData?: { getHighEntropyValues(hints: string[]): Promise<{ fullVersionList?: Brand[] }> };
}

async function browserInfo(): Promise<RuntimeInfo> {
  const values = await (navigator as WithBrands).userAgentData?.getHighEntropyValues(["fullVersionList"]);
  const brands = values?.fullVersionList?.filter(({ brand }) => !/not.?a.?brand/i.test(brand)) ?? [];
  const brand = brands.find((candidate) => candidate.brand !== "Chromium") ?? brands[0];
  if (brand) return { name: brand.brand, version: brand.version };
  const [, name = "browser", version = ""] = /(Firefox|Version|Chrome)\/([\d.]+)/.exec(navigator.userAgent) ?? [];
  return { name: name === "Version" ? "Safari" : name, version };
}

async function readPhoto(url: URL): Promise<Photo> {
  const bitmap = await createImageBitmap(await (await fetch(url)).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}
