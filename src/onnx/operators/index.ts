/** The operators of ONNX that are imported, by name. */
import type { Importer } from "../call.ts";
import { dense } from "./dense.ts";
import { microsoft, pointwise } from "./pointwise.ts";
import { reductions } from "./reductions.ts";
import { regions } from "./regions.ts";
import { shapes } from "./shapes.ts";
import { windows } from "./windows.ts";

const STANDARD: Readonly<Record<string, Importer>> = { ...pointwise, ...windows, ...dense, ...shapes, ...regions, ...reductions };

/** By the domain of the operators; "" is the standard's. */
export const OPERATORS: Readonly<Record<string, Readonly<Record<string, Importer>>>> = { "": STANDARD, "com.microsoft": microsoft };
