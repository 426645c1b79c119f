import { open } from "node:fs/promises";
import { weightShapes } from "../../src/graph/graph.ts";
import { findTeacher } from "../../src/zoo/teachers.ts";
import { hollow } from "./hollow-file.ts";

/** Writes a file with a net's weights, all of them zero, which takes no space; with another mark at its end it is another file. */
export async function writeHollowWeights(path: string, net: string, mark = ""): Promise<void> {
  const shapes = Object.fromEntries([...weightShapes(await findTeacher(net).nodes())].map(([key, shape]) => [key, [...shape]]));
  const { size, read } = hollow(shapes, path);
  const file = await open(path, "w");
  await file.write(new Uint8Array(await read(0, size)));
  await file.truncate(size);
  await file.write(mark, size - mark.length);
  await file.close();
}
