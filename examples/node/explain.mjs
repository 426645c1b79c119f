/** node explain.mjs PHOTO [OUT]: writes a map over the photo, as the classifier sees it, to map.png or OUT. */
import { overlay, Session } from "relabel";
import sharp from "sharp";
import { create, globals } from "webgpu";

const [path, out = "map.png"] = process.argv.slice(2);
if (!path) throw new Error("Name a photo: node explain.mjs PHOTO");

Object.assign(globalThis, globals); // constants such as GPUBufferUsage

const session = await Session.create({ gpu: create([]) });

const { data, info } = await sharp(path).autoOrient().toColourspace("srgb").flatten({ background: "white" }).ensureAlpha().raw().toBuffer({
  resolveWithObject: true,
});
const photo = { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };

const { map, degenerate, input, width, height, target } = await session.explain(photo, {
  onProgress: ({ stage, done, total }) => process.stderr.write(`${stage}: ${done} of ${total}\n`),
});
session.dispose();
if (!map) throw new Error(degenerate);

process.stdout.write(`${target.label}, ${(100 * target.probability).toFixed(1)} %\n`);
await sharp(overlay(map, input), { raw: { width, height, channels: 4 } }).toFile(out);
process.stdout.write(`${out}\n`);
