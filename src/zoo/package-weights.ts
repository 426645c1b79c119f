/** The weights that come with the package: where they are, and what they are. */

export interface PackageFile {
  /** SHA-256 of the content as hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  readonly locate: () => URL;
}

// In this very form bundlers find the file, and put it beside what they make. The comment, which is not in the built library, keeps Vite from
// putting the file's content into it.
const locateLite0 = () => new URL(/* @vite-ignore */ "../../weights/efficientnet-lite0.safetensors", import.meta.url);

export const PACKAGE_WEIGHTS: Readonly<Record<string, PackageFile>> = {
  "efficientnet-lite0.safetensors": {
    sha256: "94ebbe43485b03c05fc8d903453d6a26bbd2458e239dd1b0861ea68f2c52d9d4",
    size: 9_579_784,
    locate: locateLite0,
  },
  "vae.safetensors": {
    sha256: "985550b49ed02292bfe4881aa7211d41f73ddfedb318ca803f03f72b92862fcd",
    size: 15_246_292,
    // No default needs it: bundlers must not find it.
    locate: () => new URL("vae.safetensors", locateLite0()),
  },
};
