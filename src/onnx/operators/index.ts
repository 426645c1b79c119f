/** The operators of ONNX that are imported, by name. */
import type { Importer } from "../call.ts";
import { dense } from "./dense.ts";
import { pointwise } from "./pointwise.ts";
import { reductions } from "./reductions.ts";
import { regions } from "./regions.ts";
import { shapes } from "./shapes.ts";
import { windows } from "./windows.ts";

export const OPERATORS: Readonly<Record<string, Importer>> = { ...pointwise, ...windows, ...dense, ...shapes, ...regions, ...reductions };
