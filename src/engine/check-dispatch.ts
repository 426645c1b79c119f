/** Refuses dispatches that WebGPU would, or worse would not, before they are recorded. */
import { EngineError } from "./errors.ts";
import type { KernelDefinition } from "./kernel.ts";
import { Tensor } from "./tensor.ts";

/** Throws INVALID where a binding is no tensor, or one tensor would be read and written at once. */
export function checkDispatch(definition: KernelDefinition, bindings: Readonly<Record<string, Tensor>>, threads: unknown): void {
  const names = Object.keys(definition.bindings ?? {});
  const refuse = (what: string) => new EngineError("INVALID", `Dispatch of ${definition.name}: ${what}.`, "Give what its type says.");
  const missing = names.find((name) => !(bindings?.[name] instanceof Tensor));
  if (missing) throw refuse(`binding "${missing}" is no tensor`);
  if (!Array.isArray(threads) || !Array.isArray(definition.workgroup)) throw refuse("threads or workgroup is no list");
  const written = names.filter((name) => definition.bindings[name] === "read_write").map((name) => bindings[name]);
  const aliased = names.find((name) => {
    const uses = names.filter((other) => bindings[other] === bindings[name]);
    return written.includes(bindings[name] as Tensor) && uses.length > 1;
  });
  if (!aliased) return;
  const what = `${definition.name} would read and write "${bindings[aliased]?.label}" at once.`;
  throw new EngineError("INVALID", what, "Write into another tensor.");
}
