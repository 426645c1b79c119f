/** Makes up weights and a photo where none are needed that mean something: they take as long as any. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WeightsFiles } from "../../src/cli/locate.ts";
import type { Photo, TeacherDefinition } from "../../src/faces/all.ts";
import { encodeSafetensors } from "../../src/nets/weights/encode-safetensors.ts";
import { NetData } from "../net-data.ts";
import { Noise } from "../noise.ts";

/** Channels of a photo and classes of the nets that are known by name. */
const [CHANNELS, CLASSES] = [3, 1000];

/** Writes a safetensors file of seeded weights for a net into the folder. */
export async function makeWeights(teacher: TeacherDefinition, folder: string): Promise<WeightsFiles> {
  const { tensors } = new NetData(teacher.name, await teacher.nodes());
  const path = join(folder, teacher.file);
  await writeFile(path, new Uint8Array(encodeSafetensors(tensors)));
  return new WeightsFiles(teacher, path, [], folder, CLASSES, CHANNELS, []);
}

/** A photo of seeded blocks of colour. */
export function makePhoto(): Photo {
  const [side, block] = [256, 32];
  const noise = new Noise("photo", 127, 128);
  const data = Uint8ClampedArray.from({ length: 4 * side * side }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 4), at % 4];
    const [row, column] = [Math.floor(pixel / side / block), Math.floor((pixel % side) / block)];
    return channel === 3 ? 255 : noise.at(4 * (row * side + column) + channel);
  });
  return { width: side, height: side, data };
}
