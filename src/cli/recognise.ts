/** Looks into downloaded weights before they may stay in the cache. */
import { dirname, join } from "node:path";
import { openOnnx, recogniseTeacher, type TeacherDefinition } from "../faces/all.ts";
import { CommandError } from "./errors.ts";
import { type FileSource, isOnnxFile, openFile } from "./file-source.ts";
import { isIndex } from "./shards.ts";

/**
 * Throws a CommandError unless what `host` sent as `file` and lies at `path`, an index with its shards beside it or one file, holds the
 * weights of the net as it was published, or any of one that is known: every key and shape; or an ONNX model in one file.
 */
export async function requireNet(path: string, file: string, host: string, net?: TeacherDefinition): Promise<void> {
  const sources: FileSource[] = [];
  const openOne = async (name: string) => {
    const source = await openFile(name);
    sources.push(source);
    return source;
  };
  try {
    const source = { ...(await openOne(path)), name: file };
    if (await isOnnxFile(path)) {
      if (net !== undefined) throw new Error("it is an ONNX model");
      await openOnnx({ onnx: source }, file);
      return;
    }
    const input = isIndex(file) ? { index: source, shard: (shard: string) => openOne(join(dirname(path), shard)) } : source;
    const { definition, published, classes } = await recogniseTeacher(input, file);
    if (net !== undefined && definition !== net) throw new Error(`it holds ${definition.name}`);
    if (net !== undefined && !published) throw new Error(`it has ${classes} classes`);
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\.$/, "");
    throw new CommandError(
      `What ${host} sent as ${file} is not ${net ? `the weights of ${net.name}` : "weights that can be used"} (${reason})`,
      "It was deleted. Use another address or mirror, or name a file with --weights.",
      { cause },
    );
  } finally {
    for (const source of sources) await source.close();
  }
}
