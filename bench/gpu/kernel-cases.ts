/** Runs the tests' cases of kernels on a device, to hold its numbers to float64 references. */
import type { Engine } from "../../src/engine/engine.ts";
import { findFaults, type KernelCase } from "../../test/support/kernels.ts";
import { runOnGpu } from "../../test/support/kernels-gpu.ts";

/** What a case is called by, and what is wrong with it or why it was left out. */
export interface CaseNote {
  readonly kernel: string;
  readonly name: string;
  readonly notes: readonly string[];
}

export interface CasesResult {
  readonly total: number;
  /** Run so far, right or wrong. */
  done: number;
  readonly wrong: CaseNote[];
  readonly leftOut: CaseNote[];
}

/** Milliseconds between two reports of how far it is. */
const MOMENT = 1000;

/**
 * Runs the cases one after the other, until the signal is aborted. `onPartial` hears now and then how far it is. Throws an Error where the
 * device is lost, which ends all.
 */
export async function runCases(
  engine: Engine,
  cases: readonly KernelCase[],
  onPartial: (result: CasesResult) => void,
  signal: AbortSignal,
): Promise<CasesResult> {
  const result: CasesResult = { total: cases.length, done: 0, wrong: [], leftOut: [] };
  let told = performance.now();
  for (const given of cases) {
    if (signal.aborted) break;
    const note = (...notes: string[]) => ({ kernel: given.kernel.name, name: given.name, notes });
    const { feature } = given;
    if (feature && !engine.device.features.has(feature)) {
      result.leftOut.push(note(`it takes the feature ${feature}, which this device lacks`));
      continue;
    }
    const fitted = fitLanes(given, engine.lanes);
    if (fitted === undefined) {
      result.leftOut.push(note("it takes subgroups of one width, which this device does not promise"));
      continue;
    }
    const faults = await faultsOf(engine, fitted);
    result.done++;
    if (faults.length > 0) result.wrong.push(note(...faults));
    if (engine.lost) {
      onPartial(result);
      throw new Error(`The device was lost in a case of ${given.kernel.name} (${given.name})`);
    }
    if (performance.now() - told > MOMENT) {
      told = performance.now();
      onPartial(result);
    }
  }
  return result;
}

async function faultsOf(engine: Engine, testCase: KernelCase): Promise<string[]> {
  try {
    return findFaults(testCase, await runOnGpu(engine, testCase));
  } catch (error) {
    return [(error as Error).message];
  }
}

/**
 * The case for subgroups of the device's width, where it has been written for another: a lane owns as many columns as before, and there are as
 * many lanes as whole subgroups need. Undefined where there is no such width.
 */
export function fitLanes(testCase: KernelCase, lanes: number | undefined): KernelCase | undefined {
  const written: unknown = testCase.constants.LANES;
  if (written === undefined || written === lanes) return testCase;
  if (lanes === undefined) return undefined;
  const [x, ...others] = testCase.threads;
  return { ...testCase, constants: { ...testCase.constants, LANES: lanes }, threads: [Math.ceil(x / lanes) * lanes, ...others] };
}
