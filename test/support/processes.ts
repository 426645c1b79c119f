import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { vi } from "vitest";
import { processFacts } from "../../src/cli/process-facts.mjs";

/** A process of Linux, which its number alone does not name for ever. */
export interface Process {
  pid: number;
  start: string;
  args: string[];
}

/** A process and all that it started, and they started. */
export function processTree(pid: number): Process[] {
  const all = readdirSync("/proc").flatMap((name) => {
    const facts = /^\d+$/.test(name) ? processFacts(Number(name)) : undefined;
    return facts ? [{ pid: Number(name), ...facts }] : [];
  });
  const under = (parent: number): number[] => [
    parent,
    ...all.filter((process) => process.parent === parent).flatMap((child) => under(child.pid)),
  ];
  return under(pid).flatMap((member) => {
    const start = processFacts(member)?.start;
    const line = whileThere(() => readFileSync(`/proc/${member}/cmdline`, "utf8"));
    return start === undefined || line === undefined ? [] : [{ pid: member, start, args: line.split("\0") }];
  });
}

/** Waits until all of them have ended; fails where one has not after 20 seconds. */
export async function allEnded(processes: readonly Process[]): Promise<void> {
  const running = ({ pid, start }: Process) => {
    const facts = processFacts(pid);
    return facts?.start === start && facts.state !== "Z";
  };
  await vi.waitUntil(() => !processes.some(running), { timeout: 20_000, interval: 100 });
}

/** Local addresses, as the kernel writes them in hexadecimal, on which one of the processes listens for TCP connections. */
export function listening(processes: readonly Process[]): string[] {
  const sockets = new Set(
    processes.flatMap(({ pid }) => {
      const folder = `/proc/${pid}/fd`;
      const files = whileThere(() => readdirSync(folder)) ?? [];
      const targets = files.map((file) => whileThere(() => readlinkSync(`${folder}/${file}`)) ?? "");
      return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
    }),
  );
  const [LISTEN, ADDRESS, STATE, INODE] = ["0A", 1, 3, 9] as const;
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[STATE] === LISTEN && sockets.has(fields[INODE] as string))
      .map((fields) => fields[ADDRESS] as string),
  );
}

/** Undefined where the process, or its file, is gone meanwhile. */
function whileThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
