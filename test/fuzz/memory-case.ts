/** Opens the file that is named first, and prints by how many bytes the process grew at most. */
import { readFileSync } from "node:fs";
import { openFile } from "../../src/cli/file-source.ts";
import { openWeights } from "../../src/nets/weights/open-weights.ts";

const file = await openFile(process.argv[2] as string);
const before = process.memoryUsage.rss();
const outcome = await openWeights(file, "big.safetensors").then(
  () => "taken",
  ({ code }: { code?: string }) => code,
);
await file.close();
// On Linux maxRSS begins with that of the process that started this one.
const peak = process.platform === "linux" ? /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] : undefined;
process.stdout.write(JSON.stringify({ outcome, bytes: Number(peak ?? process.resourceUsage().maxRSS) * 1024 - before }));
