/** Runs a step in a process of its own, which can be ended whatever its driver does. */
import { fork } from "node:child_process";
import type { Ending, Running } from "./plan.ts";
import type { Message, Order } from "./steps.ts";

/** The argument by which the program knows that it is such a process. */
export const WORKER = "--as-step";

/** Milliseconds for a process to be gone once it has said all. */
const LEAVING = 3000;

/** Starts the step. `entry`: path of the program. `onLine` hears how far it is. */
export function startStep(entry: string, order: Order, onLine: (line: string) => void): Running {
  const child = fork(entry, [WORKER], { stdio: ["ignore", "ignore", "inherit", "ipc"], serialization: "advanced" });
  let latest: unknown;
  let said: Ending | undefined;
  const kill = () => void child.kill("SIGKILL");
  child.send(order);
  child.on("message", (message: Message) => {
    if (message.kind === "partial") {
      latest = message.result;
      onLine(message.line);
      return;
    }
    said = endingOf(message, latest);
    setTimeout(kill, LEAVING).unref();
  });
  const ended = new Promise<Ending>((resolve) => {
    const end = (how: string) => resolve(said ?? { state: "failed", why: `its process ended by ${how}`, result: latest });
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal ?? `itself with code ${code}`));
  });
  return { ended, latest: () => latest, abort: () => void (child.connected && child.send("abort")), kill };
}

function endingOf(message: Exclude<Message, { kind: "partial" }>, latest: unknown): Ending {
  if (message.kind === "error") {
    return { state: "failed", why: [message.message, message.fix].filter(Boolean).join(" "), result: latest };
  }
  return message.complete ? { state: "done", result: message.result } : { state: "cut", why: "its time was over", result: message.result };
}
