import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { expect, test } from "vitest";
import { kindOf } from "../../src/pictures/kind.ts";
import { thrown } from "../support/errors.ts";
import { concat } from "../support/picture-files.ts";

test("the formats of photos are told by their first bytes", async () => {
  const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: "teal" } });
  const formats = { jpeg: "JPEG", png: "PNG", webp: "WebP", avif: "AVIF", gif: "GIF", tiff: "TIFF" } as const;
  for (const [format, kind] of Object.entries(formats)) {
    expect(
      kindOf(
        await picture
          .clone()
          .toFormat(format as keyof typeof formats)
          .toBuffer(),
      ),
    ).toBe(kind);
  }
  expect(kindOf(concat([0, 0, 0, 28], "ftypmif1\0\0\0\0mif1avifmiaf"))).toBe("AVIF");
  expect(kindOf(concat("II+\0", [8, 0, 0, 0]))).toBe("TIFF");
});

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><filter id="f"/></svg>';
const utf16 = (text: string, swapped: boolean) => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return new Uint8Array(swapped ? bytes.swap16() : bytes);
};

test.for<[string, Uint8Array | string, RegExp]>([
  ["SVG", SVG, /^SVG is not supported.*PNG/],
  ["SVG behind a declaration and a doctype", `<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x">${SVG}`, /^SVG is/],
  ["SVG behind a comment and spaces", `\n  <!-- drawn by hand -->\n${SVG}`, /^SVG is/],
  ["SVG behind a byte order mark", concat([0xef, 0xbb, 0xbf], SVG), /^SVG is/],
  ["SVG in UTF-16", utf16(SVG, false), /^SVG is/],
  ["SVG in UTF-16, higher byte first", utf16(SVG, true), /^SVG is/],
  ["SVG with a prefix", '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', /^SVG is/],
  ["SVG behind a comment of 5,000 letters", `<!--${"x".repeat(5000)}-->${SVG}`, /^SVG or another text in XML is not supported/],
  ["compressed SVG", gzipSync(SVG), /^SVG or another compressed file \(gzip\) is not supported\. Unpack/],
  ["HEIC", concat([0, 0, 0, 24], "ftypheic\0\0\0\0mif1heic"), /^HEIC is not supported\. Export it as JPEG\.$/],
  ["HEIC with another brand first", concat([0, 0, 0, 28], "ftypmif1\0\0\0\0mif1heixmiaf"), /^HEIC is/],
  ["a sequence in HEIC", concat([0, 0, 0, 24], "ftyphevc\0\0\0\0msf1hevc"), /^HEIC is/],
  ["a camera's CR3", concat([0, 0, 0, 24], "ftypcrx \0\0\0\x01crx isom"), /^a camera's raw format is/],
  ["a camera's CR2", concat("II*\0", [16, 0, 0, 0], "CR\x02\0"), /^a camera's raw format is/],
  ["a video", concat([0, 0, 0, 24], "ftypisom\0\0\x02\0isomavc1"), /^video \(MP4, MOV\) is not supported\. Save one of its frames/],
  ["a video in WebM", concat([0x1a, 0x45, 0xdf, 0xa3]), /^video/],
  ["JPEG XL", concat([0xff, 0x0a]), /^JPEG XL is/],
  ["JPEG XL in boxes", concat([0, 0, 0, 12], "JXL \r\n\x87\n"), /^JPEG XL is/],
  ["JPEG 2000", concat([0, 0, 0, 12], "jP  \r\n\x87\n"), /^JPEG 2000 is/],
  ["PDF", "%PDF-1.7", /^PDF is not supported\. Export the page/],
  ["PSD", "8BPS\0\x01", /^PSD \(Photoshop\) is/],
  ["BMP", concat("BM", [1, 2, 3, 4]), /^BMP is/],
  ["ICO", concat([0, 0, 1, 0, 1, 0]), /^ICO is/],
  ["DICOM", concat(new Uint8Array(128), "DICM"), /^DICOM is/],
  ["a web page", "\n<!doctype html><title>Sign in</title>", /^this is a web page, not an image\. Save the image itself/],
  ["a Git LFS pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:0", /^a Git LFS pointer is .*git lfs pull/],
  ["zeros", new Uint8Array(500), /^the image is damaged \(it holds nothing but zeros\)/],
  ["text", "dear diary", /^not an image that can be read\. Give a photo as JPEG, PNG/],
  ["one byte", "x", /^not an image/],
])("%s is named", ([, file, says]) => {
  const { message, fix } = thrown(() => kindOf(concat(file).subarray(0, 4096))) as Error & { fix: string };
  expect(`${message}. ${fix}`).toMatch(says);
});
