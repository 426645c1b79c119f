import {
  type BinaryOperator,
  type Call,
  type Data,
  detectRaces,
  type Expression,
  VectorData,
  WgslExec,
  WgslParser,
  WorkgroupScheduler,
} from "wgsl_reflect/wgsl_reflect.module.js";
import { type KernelDefinition, uniformBytes, writeUniforms } from "../../src/engine/kernel.ts";
import { specialise, workgroupSize } from "../../src/engine/specialise.ts";
import { type KernelCase, prepare, type Values } from "./kernels.ts";

type Context = WgslExec["context"];

interface Invocation {
  index: number;
  stack: object;
  state: number;
  barrierNode: Call | null;
}

interface Scheduler {
  _invocations: Invocation[];
  _tracker: { currentInvocation: number; currentLine: number; endPhase(): void };
  _debug: { stepStack(stack: object, into: boolean): void };
  _peek(invocation: Invocation): { line: number } | null;
  _asBarrier(command: object): Call | null;
  _syncBarrier(parked: Invocation[]): void;
}

const [RUNNING, AT_BARRIER, DONE] = [0, 1, 2];

/**
 * The race detector's scheduler lets invocations take turns after every command, but keeps the results of function calls at the call's
 * place in the source, where another invocation's overwrite them. Here they take turns at barriers only: races show just as well, since
 * accesses between two barriers are compared whatever their order, and results stay apart.
 */
WorkgroupScheduler.prototype.run = function runFromBarrierToBarrier() {
  const scheduler = this as unknown as Scheduler;
  for (;;) {
    for (const invocation of scheduler._invocations) {
      while (invocation.state === RUNNING) {
        const command = scheduler._peek(invocation);
        const barrier = command && scheduler._asBarrier(command);
        if (!command) invocation.state = DONE;
        else if (barrier) {
          invocation.state = AT_BARRIER;
          invocation.barrierNode = barrier;
        } else {
          scheduler._tracker.currentInvocation = invocation.index;
          scheduler._tracker.currentLine = command.line;
          scheduler._debug.stepStack(invocation.stack, true);
        }
      }
    }
    const parked = scheduler._invocations.filter(({ state }) => state === AT_BARRIER);
    if (parked.length === 0) {
      scheduler._tracker.endPhase();
      return;
    }
    scheduler._syncBarrier(parked);
  }
};

/** wgsl_reflect's executor with two of its departures from WGSL mended. */
class Interpreter extends WgslExec {
  /** It would bind the arguments of a call statement to variables of the same name in the caller's scope. */
  override _call(node: Call, context: Context): void {
    const called = context.getFunction(node.name);
    if (!called) {
      super._call(node, context);
      return;
    }
    const scope = context.clone();
    scope.currentFunctionName = node.name;
    called.node.args.forEach((argument, index) => {
      const value = this.evalExpression(node.args?.[index] as Expression, context);
      if (value) scope.createVariable(argument.name, value, argument);
    });
    this._execStatements(called.node.body, scope);
  }

  /** It would keep the fractions of integer vectors' quotients. */
  override _evalBinaryOpValue(node: BinaryOperator, context: Context): Data | null {
    const value = super._evalBinaryOpValue(node, context);
    if (node.operator !== "/" || !(value instanceof VectorData) || !/[ui]/.test(value.typeInfo.getTypeName().slice(3))) return value;
    return new VectorData(Array.from(value.data, Math.trunc), value.typeInfo);
  }
}

export interface NodeRun {
  after: Map<string, Values>;
  /** Data races and divergent barriers within a workgroup. */
  races: string[];
}

/** True for kernels whose invocations work together. */
export function hasBarriers({ source }: KernelDefinition): boolean {
  return source.includes("var<workgroup>") || source.includes("Barrier()");
}

/**
 * Runs a case in plain Node by interpreting the WGSL; kernels with barriers under the race detector. `barriers: false` takes them out, to
 * see whether the detector notices.
 */
export function runInNode(testCase: KernelCase, { barriers = true } = {}): NodeRun {
  const { kernel, uniforms, constants, threads } = testCase;
  const size = workgroupSize(kernel, constants);
  // The interpreter does not look up constants in this attribute.
  const source = specialise(kernel, constants).replace(/@workgroup_size\([^)]*\)/, `@workgroup_size(${size.join(", ")})`);
  const groups = size.map((extent, axis) => Math.ceil((threads[axis] ?? 1) / extent));
  const block = new ArrayBuffer(Math.ceil(uniformBytes(kernel) / 16) * 16);
  writeUniforms(kernel, uniforms, new DataView(block), 0);
  const after = prepare(testCase);
  const storage = Object.keys(kernel.bindings).map((name) => (after.get(name) as Values).buffer);
  const bindings: Record<number, unknown> = { ...storage, [storage.length]: { uniform: block } };
  if (hasBarriers(kernel)) {
    const code = barriers ? source : source.replace(/\w+Barrier\(\);/g, "");
    const { races, errors } = detectRaces(code, "main", groups, { 0: bindings });
    return { after, races: [...races.map((race) => race.message), ...errors] };
  }
  new Interpreter(new WgslParser().parse(source)).dispatchWorkgroups("main", groups, { 0: bindings }, {});
  return { after, races: [] };
}
