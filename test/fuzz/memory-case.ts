/** Opens the file that is named first, and prints by how many bytes the process grew at most. */
import { readFileSync } from "node:fs";
import { openFile } from "../../src/cli/file-source.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";
import { importModel, openModel } from "../../src/onnx/import.ts";

const path = process.argv[2] as string;
const file = await openFile(path);
const before = process.memoryUsage.rss();
const opened = path.endsWith(".onnx") ? openModel(file).then((model) => importModel(model)) : openWeights(file, "big.safetensors");
const outcome = await (opened as Promise<unknown>).then(
  () => "taken",
  ({ code }: { code?: string }) => code,
);
await file.close();
// On Linux maxRSS begins with that of the process that started this one.
const peak = process.platform === "linux" ? /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] : undefined;
process.stdout.write(JSON.stringify({ outcome, bytes: Number(peak ?? process.resourceUsage().maxRSS) * 1024 - before }));
