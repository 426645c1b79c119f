import type { KernelCase } from "../../support/kernels.ts";
import { activationCases } from "./activations.ts";
import { arithmeticCases } from "./arithmetic.ts";
import { backwardCases } from "./backward.ts";
import { ceilingCases } from "./ceilings.ts";
import { channelSumCases } from "./channel-sum.ts";
import { channelCases } from "./channels.ts";
import { compositionCases } from "./composition.ts";
import { convolutionCases } from "./convolutions.ts";
import { evaluationCases } from "./evaluation.ts";
import { extremalCases } from "./extremal.ts";
import { fgvisCases } from "./fgvis.ts";
import { imageCases } from "./images.ts";
import { imputationCases } from "./imputation.ts";
import { inpaintingCases } from "./inpainting.ts";
import { labelCases } from "./labels.ts";
import { linearAlgebraCases } from "./linear-algebra.ts";
import { nonFiniteCases } from "./non-finite.ts";
import { normCases } from "./norms.ts";
import { packingCases } from "./packing.ts";
import { perturbationCases } from "./perturbations.ts";
import { pixelCases } from "./pixels.ts";
import { poolingCases } from "./pooling.ts";
import { productCases } from "./products.ts";
import { riseCases } from "./rise.ts";
import { samplingCases } from "./sampling.ts";
import { scoreCamCases } from "./score-cam.ts";
import { smoothMaskCases } from "./smooth-masks.ts";
import { smoothStudentCases } from "./smooth-student.ts";
import { studentCases } from "./students.ts";
import { tileCases } from "./tiles.ts";
import { transposeCases } from "./transposes.ts";
import { tsneCases } from "./tsne.ts";
import { winogradCases } from "./winograd.ts";

/** Every case of every kernel, for both rings. */
export const CASES: readonly KernelCase[] = [
  ...productCases,
  ...convolutionCases,
  ...packingCases,
  ...tileCases,
  ...winogradCases,
  ...transposeCases,
  ...activationCases,
  ...arithmeticCases,
  ...backwardCases,
  ...channelCases,
  ...channelSumCases,
  ...pixelCases,
  ...poolingCases,
  ...imageCases,
  ...compositionCases,
  ...inpaintingCases,
  ...samplingCases,
  ...perturbationCases,
  ...riseCases,
  ...scoreCamCases,
  ...evaluationCases,
  ...imputationCases,
  ...smoothMaskCases,
  ...extremalCases,
  ...fgvisCases,
  ...labelCases,
  ...nonFiniteCases,
  ...normCases,
  ...studentCases,
  ...linearAlgebraCases,
  ...smoothStudentCases,
  ...ceilingCases,
  ...tsneCases,
];
