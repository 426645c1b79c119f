// Written by `npm run reflect` from the .wgsl files; do not edit.
import type { KernelDefinition } from "./definition.ts";
import addSource from "./ops/add.wgsl?raw";
import appendLabelsSource from "./relabel/append_labels.wgsl?raw";
import backSubstitutionSource from "./relabel/back_substitution.wgsl?raw";
import blurSource from "./explain/blur.wgsl?raw";
import centerSource from "./relabel/center.wgsl?raw";
import channelExtentsSource from "./perturb/channel_extents.wgsl?raw";
import channelSumSource from "./explain/channel_sum.wgsl?raw";
import choleskyDiagonalSource from "./relabel/cholesky_diagonal.wgsl?raw";
import choleskyPanelSource from "./relabel/cholesky_panel.wgsl?raw";
import choleskyUpdateSource from "./relabel/cholesky_update.wgsl?raw";
import clampGradientSource from "./ops/clamp_gradient.wgsl?raw";
import combineSource from "./relabel/combine.wgsl?raw";
import combineSlicesSource from "./dense/combine_slices.wgsl?raw";
import composeSource from "./relabel/compose.wgsl?raw";
import convSource from "./dense/conv.wgsl?raw";
import convNarrowSource from "./dense/conv_narrow.wgsl?raw";
import convStemSource from "./ops/conv_stem.wgsl?raw";
import convStemTransposedSource from "./ops/conv_stem_transposed.wgsl?raw";
import convSubgroupSource from "./dense/conv_subgroup.wgsl?raw";
import convTiledSource from "./dense/conv_tiled.wgsl?raw";
import convolveAxisSource from "./evaluate/convolve_axis.wgsl?raw";
import copySource from "./engine/copy.wgsl?raw";
import depthwiseSource from "./ops/depthwise.wgsl?raw";
import depthwiseTransposedSource from "./ops/depthwise_transposed.wgsl?raw";
import deviationSource from "./relabel/deviation.wgsl?raw";
import dilateSource from "./ops/dilate.wgsl?raw";
import evidenceSource from "./relabel/evidence.wgsl?raw";
import extremalGradientSource from "./mask/extremal_gradient.wgsl?raw";
import extremalImageSource from "./mask/extremal_image.wgsl?raw";
import fgvisGradientSource from "./mask/fgvis_gradient.wgsl?raw";
import fgvisImageSource from "./mask/fgvis_image.wgsl?raw";
import fgvisStepSource from "./mask/fgvis_step.wgsl?raw";
import fgvisUpdateSource from "./mask/fgvis_update.wgsl?raw";
import findNonFiniteSource from "./nets/find_non_finite.wgsl?raw";
import fmaSource from "./engine/fma.wgsl?raw";
import gateFeaturesSource from "./relabel/gate_features.wgsl?raw";
import gatesSource from "./relabel/gates.wgsl?raw";
import globalPoolSource from "./ops/global_pool.wgsl?raw";
import gramSource from "./relabel/gram.wgsl?raw";
import hideSquaresSource from "./evaluate/hide_squares.wgsl?raw";
import imputeApplySource from "./evaluate/impute_apply.wgsl?raw";
import imputeDotSource from "./evaluate/impute_dot.wgsl?raw";
import imputeNoiseSource from "./evaluate/impute_noise.wgsl?raw";
import imputeStartSource from "./evaluate/impute_start.wgsl?raw";
import imputeStepSource from "./evaluate/impute_step.wgsl?raw";
import imputeTurnSource from "./evaluate/impute_turn.wgsl?raw";
import inpaintSource from "./relabel/inpaint.wgsl?raw";
import jitterPhotoSource from "./evaluate/jitter_photo.wgsl?raw";
import keptPartSource from "./relabel/kept_part.wgsl?raw";
import labelRangeSource from "./perturb/label_range.wgsl?raw";
import limeImagesSource from "./perturb/lime_images.wgsl?raw";
import linearRectifiedSource from "./ops/linear_rectified.wgsl?raw";
import linearTransposedSource from "./ops/linear_transposed.wgsl?raw";
import matmulSource from "./dense/matmul.wgsl?raw";
import momentsSource from "./relabel/moments.wgsl?raw";
import occludeSource from "./perturb/occlude.wgsl?raw";
import occlusionMapSource from "./perturb/occlusion_map.wgsl?raw";
import packSource from "./ops/pack.wgsl?raw";
import pcg4dSource from "./include/pcg4d.wgsl?raw";
import pixelFeaturesSource from "./relabel/pixel_features.wgsl?raw";
import poolSource from "./ops/pool.wgsl?raw";
import poolTransposedSource from "./ops/pool_transposed.wgsl?raw";
import pyramidSource from "./mask/pyramid.wgsl?raw";
import rectifyWeightsSource from "./ops/rectify_weights.wgsl?raw";
import replacePixelsSource from "./evaluate/replace_pixels.wgsl?raw";
import resizeSource from "./classify/resize.wgsl?raw";
import resizePhotoSource from "./classify/resize_photo.wgsl?raw";
import rewardSource from "./mask/reward.wgsl?raw";
import ridgeSystemSource from "./relabel/ridge_system.wgsl?raw";
import riseGridsSource from "./perturb/rise_grids.wgsl?raw";
import riseImagesSource from "./perturb/rise_images.wgsl?raw";
import riseSumSource from "./perturb/rise_sum.wgsl?raw";
import saliencySource from "./relabel/saliency.wgsl?raw";
import sampleLatentSource from "./relabel/sample_latent.wgsl?raw";
import scoreSource from "./relabel/score.wgsl?raw";
import scoreCamImagesSource from "./perturb/score_cam_images.wgsl?raw";
import scoreCamSumSource from "./perturb/score_cam_sum.wgsl?raw";
import scoreGradientSource from "./nets/score_gradient.wgsl?raw";
import selectRankSource from "./evaluate/select_rank.wgsl?raw";
import shareSource from "./ops/share.wgsl?raw";
import smoothMaskSource from "./mask/smooth_mask.wgsl?raw";
import smoothMaskStepSource from "./mask/smooth_mask_step.wgsl?raw";
import smoothSystemSource from "./relabel/smooth_system.wgsl?raw";
import softmaxSource from "./classify/softmax.wgsl?raw";
import squaredDistancesSource from "./tsne/squared_distances.wgsl?raw";
import studentDualSource from "./relabel/student_dual.wgsl?raw";
import studentPrimalSource from "./relabel/student_primal.wgsl?raw";
import thumbnailsSource from "./relabel/thumbnails.wgsl?raw";
import transposeWeightsSource from "./ops/transpose_weights.wgsl?raw";
import tsneAffinitiesSource from "./tsne/tsne_affinities.wgsl?raw";
import tsneBandwidthsSource from "./tsne/tsne_bandwidths.wgsl?raw";
import tsneForcesSource from "./tsne/tsne_forces.wgsl?raw";
import tsneStepSource from "./tsne/tsne_step.wgsl?raw";
import unpackPhotoSource from "./classify/unpack_photo.wgsl?raw";
import upsampleSource from "./ops/upsample.wgsl?raw";
import upsampleTransposedSource from "./ops/upsample_transposed.wgsl?raw";
import winograd4InputSource from "./dense/winograd4_input.wgsl?raw";
import winograd4OutputSource from "./dense/winograd4_output.wgsl?raw";
import winograd4WeightsSource from "./dense/winograd4_weights.wgsl?raw";
import winogradInputSource from "./dense/winograd_input.wgsl?raw";
import winogradOutputSource from "./dense/winograd_output.wgsl?raw";
import winogradWeightsSource from "./dense/winograd_weights.wgsl?raw";

export const add = {
  ...{ name: "add", source: addSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "a", binding: 0, access: "read" }, { name: "b", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 16, members: { vectors: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" }, low: { offset: 8, type: "f32" }, high: { offset: 12, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const appendLabels = {
  ...{ name: "append_labels", source: appendLabelsSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "labels", binding: 0, access: "read" }, { name: "features", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 16, members: { rows: { offset: 0, type: "u32" }, first_row: { offset: 4, type: "u32" }, stride: { offset: 8, type: "u32" }, column: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const backSubstitution = {
  ...{ name: "back_substitution", source: backSubstitutionSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "matrices", binding: 0, access: "read" }, { name: "choice", binding: 1, access: "read" }, { name: "x", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 8, members: { unknowns: { offset: 0, type: "u32" }, padded: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const blur = {
  ...{ name: "blur", source: blurSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 16, members: { lines: { offset: 0, type: "u32" }, size: { offset: 4, type: "u32" }, inner: { offset: 8, type: "u32" }, sigma: { offset: 12, type: "f32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const center = {
  ...{ name: "center", source: centerSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "x", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 8, members: { rows: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const channelExtents = {
  ...{ name: "channel_extents", source: channelExtentsSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "extents", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 20, members: { height: { offset: 0, type: "u32" }, width: { offset: 4, type: "u32" }, channels4: { offset: 8, type: "u32" }, out_height: { offset: 12, type: "u32" }, out_width: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const channelSum = {
  ...{ name: "channel_sum", source: channelSumSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { positions: { offset: 0, type: "u32" }, channels4: { offset: 4, type: "u32" }, has_weights: { offset: 8, type: "u32" }, weights_stride4: { offset: 12, type: "u32" }, rectified: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const choleskyDiagonal = {
  ...{ name: "cholesky_diagonal", source: choleskyDiagonalSource, workgroup: ["BLOCK"] },
  bindings: [{ name: "matrices", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 8, members: { size: { offset: 0, type: "u32" }, start: { offset: 4, type: "u32" } } },
  constants: { BLOCK: 32 },
} as const satisfies KernelDefinition;

export const choleskyPanel = {
  ...{ name: "cholesky_panel", source: choleskyPanelSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "matrices", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 8, members: { size: { offset: 0, type: "u32" }, start: { offset: 4, type: "u32" } } },
  constants: { BLOCK: 32, WORKGROUP_X: 32 },
} as const satisfies KernelDefinition;

export const choleskyUpdate = {
  ...{ name: "cholesky_update", source: choleskyUpdateSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "matrices", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 8, members: { size: { offset: 0, type: "u32" }, start: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, BLOCK: 32 },
} as const satisfies KernelDefinition;

export const clampGradient = {
  ...{ name: "clamp_gradient", source: clampGradientSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "value", binding: 1, access: "read" }, { name: "clean", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 20, members: { vectors: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" }, clean_vectors: { offset: 8, type: "u32" }, low: { offset: 12, type: "f32" }, high: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const combine = {
  ...{ name: "combine", source: combineSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "x", binding: 0, access: "read" }, { name: "coefficients", binding: 1, access: "read" }, { name: "w", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 12, members: { rows: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" }, stride: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const combineSlices = {
  ...{ name: "combine_slices", source: combineSlicesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "slices", binding: 0, access: "read" }, { name: "bias", binding: 1, access: "read" }, { name: "residual", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 24, members: { slices: { offset: 0, type: "u32" }, rows: { offset: 4, type: "u32" }, columns4: { offset: 8, type: "u32" }, has_residual: { offset: 12, type: "u32" }, low: { offset: 16, type: "f32" }, high: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const compose = {
  ...{ name: "compose", source: composeSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "blurred", binding: 1, access: "read" }, { name: "decoded", binding: 2, access: "read" }, { name: "anchor", binding: 3, access: "read" }, { name: "gates", binding: 4, access: "read" }, { name: "inpainted", binding: 5, access: "read" }, { name: "out", binding: 6, access: "read_write" }],
  uniforms: { binding: 7, size: 44, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, mode: { offset: 8, type: "u32" }, fill_count: { offset: 12, type: "u32" }, fills: { offset: 16, type: "u32" }, mean_r: { offset: 20, type: "f32" }, mean_g: { offset: 24, type: "f32" }, mean_b: { offset: 28, type: "f32" }, deviation_r: { offset: 32, type: "f32" }, deviation_g: { offset: 36, type: "f32" }, deviation_b: { offset: 40, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, ORDER: 0, SMALL: 64, CELL: 4, GRID: 7, GATE_STRIDE: 52 },
} as const satisfies KernelDefinition;

export const conv = {
  ...{ name: "conv", source: convSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "residual", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 64, members: { rows: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, columns4: { offset: 24, type: "u32" }, kernel_y: { offset: 28, type: "u32" }, kernel_x: { offset: 32, type: "u32" }, stride: { offset: 36, type: "u32" }, pad_top: { offset: 40, type: "u32" }, pad_left: { offset: 44, type: "u32" }, has_bias: { offset: 48, type: "u32" }, has_residual: { offset: 52, type: "u32" }, low: { offset: 56, type: "f32" }, high: { offset: 60, type: "f32" } } },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, TILE_ROWS: 8, TILE_COLUMNS: 2, Weight: "f32" },
} as const satisfies KernelDefinition;

export const convNarrow = {
  ...{ name: "conv_narrow", source: convNarrowSource, workgroup: ["LANES"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "residual", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 64, members: { rows: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, columns4: { offset: 24, type: "u32" }, out_columns4: { offset: 28, type: "u32" }, first4: { offset: 32, type: "u32" }, kernel: { offset: 36, type: "u32" }, stride: { offset: 40, type: "u32" }, pad_top: { offset: 44, type: "u32" }, pad_left: { offset: 48, type: "u32" }, has_residual: { offset: 52, type: "u32" }, low: { offset: 56, type: "f32" }, high: { offset: 60, type: "f32" } } },
  constants: { LANES: 4, Weight: "f32" },
} as const satisfies KernelDefinition;

export const convStem = {
  ...{ name: "conv_stem", source: convStemSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 52, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, out_height: { offset: 12, type: "u32" }, out_width: { offset: 16, type: "u32" }, columns4: { offset: 20, type: "u32" }, kernel_y: { offset: 24, type: "u32" }, kernel_x: { offset: 28, type: "u32" }, stride: { offset: 32, type: "u32" }, pad_top: { offset: 36, type: "u32" }, pad_left: { offset: 40, type: "u32" }, low: { offset: 44, type: "f32" }, high: { offset: 48, type: "f32" } } },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, TILE_PIXELS: 4, TILE_COLUMNS: 2 },
} as const satisfies KernelDefinition;

export const convStemTransposed = {
  ...{ name: "conv_stem_transposed", source: convStemTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 44, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, out_height: { offset: 12, type: "u32" }, out_width: { offset: 16, type: "u32" }, columns4: { offset: 20, type: "u32" }, kernel_y: { offset: 24, type: "u32" }, kernel_x: { offset: 28, type: "u32" }, stride: { offset: 32, type: "u32" }, pad_top: { offset: 36, type: "u32" }, pad_left: { offset: 40, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const convSubgroup = {
  ...{ name: "conv_subgroup", source: convSubgroupSource, workgroup: ["LANES"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "residual", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 84, members: { rows: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, columns4: { offset: 24, type: "u32" }, out_columns4: { offset: 28, type: "u32" }, first4: { offset: 32, type: "u32" }, kernel: { offset: 36, type: "u32" }, stride: { offset: 40, type: "u32" }, pad_top: { offset: 44, type: "u32" }, pad_left: { offset: 48, type: "u32" }, has_bias: { offset: 52, type: "u32" }, has_residual: { offset: 56, type: "u32" }, low: { offset: 60, type: "f32" }, high: { offset: 64, type: "f32" }, slice: { offset: 68, type: "u32" }, image_step: { offset: 72, type: "u32" }, weights_step: { offset: 76, type: "u32" }, out_step: { offset: 80, type: "u32" } } },
  constants: { LANES: 4, Weight: "f32" },
} as const satisfies KernelDefinition;

export const convTiled = {
  ...{ name: "conv_tiled", source: convTiledSource, workgroup: ["COLUMNS", 8] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "residual", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 64, members: { rows: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, columns4: { offset: 24, type: "u32" }, out_columns4: { offset: 28, type: "u32" }, first4: { offset: 32, type: "u32" }, kernel: { offset: 36, type: "u32" }, stride: { offset: 40, type: "u32" }, pad_top: { offset: 44, type: "u32" }, pad_left: { offset: 48, type: "u32" }, has_residual: { offset: 52, type: "u32" }, low: { offset: 56, type: "f32" }, high: { offset: 60, type: "f32" } } },
  constants: { COLUMNS: 16, ROWS: 64, Weight: "f32" },
} as const satisfies KernelDefinition;

export const convolveAxis = {
  ...{ name: "convolve_axis", source: convolveAxisSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "taps", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { lines: { offset: 0, type: "u32" }, size: { offset: 4, type: "u32" }, inner: { offset: 8, type: "u32" }, reach: { offset: 12, type: "u32" }, mirrored: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const copy = {
  ...{ name: "copy", source: copySource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "input", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { vectors: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const depthwise = {
  ...{ name: "depthwise", source: depthwiseSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 52, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, kernel_y: { offset: 24, type: "u32" }, kernel_x: { offset: 28, type: "u32" }, stride: { offset: 32, type: "u32" }, pad_top: { offset: 36, type: "u32" }, pad_left: { offset: 40, type: "u32" }, low: { offset: 44, type: "f32" }, high: { offset: 48, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, TILE_PIXELS: 7 },
} as const satisfies KernelDefinition;

export const depthwiseTransposed = {
  ...{ name: "depthwise_transposed", source: depthwiseTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 44, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, kernel_y: { offset: 24, type: "u32" }, kernel_x: { offset: 28, type: "u32" }, stride: { offset: 32, type: "u32" }, pad_top: { offset: 36, type: "u32" }, pad_left: { offset: 40, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const deviation = {
  ...{ name: "deviation", source: deviationSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "logvar", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 4, members: { vectors: { offset: 0, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const dilate = {
  ...{ name: "dilate", source: dilateSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "residual", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 32, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, stride: { offset: 24, type: "u32" }, has_residual: { offset: 28, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const evidence = {
  ...{ name: "evidence", source: evidenceSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "systems", binding: 0, access: "read" }, { name: "ratios", binding: 1, access: "read" }, { name: "choice", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 16, members: { candidates: { offset: 0, type: "u32" }, features: { offset: 4, type: "u32" }, padded: { offset: 8, type: "u32" }, samples: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 32 },
} as const satisfies KernelDefinition;

export const extremalGradient = {
  ...{ name: "extremal_gradient", source: extremalGradientSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "pyramid", binding: 0, access: "read" }, { name: "mask", binding: 1, access: "read" }, { name: "gradient", binding: 2, access: "read" }, { name: "threshold", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 20, members: { full_x: { offset: 0, type: "u32" }, full_y: { offset: 4, type: "u32" }, margin: { offset: 8, type: "u32" }, mirrored: { offset: 12, type: "u32" }, area_scale: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, LEVELS: 8 },
} as const satisfies KernelDefinition;

export const extremalImage = {
  ...{ name: "extremal_image", source: extremalImageSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "pyramid", binding: 0, access: "read" }, { name: "mask", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 12, members: { full: { offset: 0, type: "u32" }, margin: { offset: 4, type: "u32" }, mirrored: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, LEVELS: 8 },
} as const satisfies KernelDefinition;

export const fgvisGradient = {
  ...{ name: "fgvis_gradient", source: fgvisGradientSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "photo", binding: 1, access: "read" }, { name: "mask", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 20, members: { vectors: { offset: 0, type: "u32" }, weight: { offset: 4, type: "f32" }, reference_r: { offset: 8, type: "f32" }, reference_g: { offset: 12, type: "f32" }, reference_b: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const fgvisImage = {
  ...{ name: "fgvis_image", source: fgvisImageSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "mask", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { seed: { offset: 0, type: "u32" }, iteration: { offset: 4, type: "u32" }, noise: { offset: 8, type: "f32" }, reference_r: { offset: 12, type: "f32" }, reference_g: { offset: 16, type: "f32" }, reference_b: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, STREAM: 9 },
} as const satisfies KernelDefinition;

export const fgvisStep = {
  ...{ name: "fgvis_step", source: fgvisStepSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "label", binding: 1, access: "read" }, { name: "state", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 16, members: { vectors: { offset: 0, type: "u32" }, iteration: { offset: 4, type: "u32" }, watches: { offset: 8, type: "u32" }, rate: { offset: 12, type: "f32" } } },
  constants: { WORKGROUP_X: 256 },
} as const satisfies KernelDefinition;

export const fgvisUpdate = {
  ...{ name: "fgvis_update", source: fgvisUpdateSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "state", binding: 1, access: "read" }, { name: "mask", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 4, members: { vectors: { offset: 0, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const findNonFinite = {
  ...{ name: "find_non_finite", source: findNonFiniteSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "values", binding: 0, access: "read" }, { name: "found", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { count: { offset: 0, type: "u32" }, layer: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const fma = {
  ...{ name: "fma", source: fmaSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "out", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 16, members: { iterations: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" }, factor: { offset: 8, type: "f32" }, addend: { offset: 12, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const gateFeatures = {
  ...{ name: "gate_features", source: gateFeaturesSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gates", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 12, members: { samples: { offset: 0, type: "u32" }, cells: { offset: 4, type: "u32" }, first_row: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 64, SIZE: 224, GRID: 7, GATE_STRIDE: 52 },
} as const satisfies KernelDefinition;

export const gates = {
  ...{ name: "gates", source: gatesSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "gates", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 20, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, seed: { offset: 8, type: "u32" }, balanced: { offset: 12, type: "u32" }, keep: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, STREAM_CELLS: 2, STREAM_SHIFTS: 3, CELLS: 49 },
} as const satisfies KernelDefinition;

export const globalPool = {
  ...{ name: "global_pool", source: globalPoolSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 12, members: { batch: { offset: 0, type: "u32" }, pixels: { offset: 4, type: "u32" }, channels4: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const gram = {
  ...{ name: "gram", source: gramSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "x", binding: 0, access: "read" }, { name: "gram", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 12, members: { rows: { offset: 0, type: "u32" }, inner4: { offset: 4, type: "u32" }, stride4: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const hideSquares = {
  ...{ name: "hide_squares", source: hideSquaresSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "squares", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 12, members: { samples: { offset: 0, type: "u32" }, first_square: { offset: 4, type: "u32" }, squares: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const imputeApply = {
  ...{ name: "impute_apply", source: imputeApplySource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "ranks", binding: 0, access: "read" }, { name: "jobs", binding: 1, access: "read" }, { name: "direction", binding: 2, access: "read" }, { name: "product", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 12, members: { images: { offset: 0, type: "u32" }, first_job: { offset: 4, type: "u32" }, jobs: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const imputeDot = {
  ...{ name: "impute_dot", source: imputeDotSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "a", binding: 0, access: "read" }, { name: "b", binding: 1, access: "read" }, { name: "dots", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 12, members: { images: { offset: 0, type: "u32" }, pixels: { offset: 4, type: "u32" }, slot: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 256 },
} as const satisfies KernelDefinition;

export const imputeNoise = {
  ...{ name: "impute_noise", source: imputeNoiseSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "ranks", binding: 0, access: "read" }, { name: "jobs", binding: 1, access: "read" }, { name: "x", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { images: { offset: 0, type: "u32" }, first_job: { offset: 4, type: "u32" }, jobs: { offset: 8, type: "u32" }, seed: { offset: 12, type: "u32" }, deviation: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, STREAM_IMPUTED: 21, TURN: 6.283185307179586 },
} as const satisfies KernelDefinition;

export const imputeStart = {
  ...{ name: "impute_start", source: imputeStartSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "ranks", binding: 0, access: "read" }, { name: "jobs", binding: 1, access: "read" }, { name: "photo", binding: 2, access: "read" }, { name: "x", binding: 3, access: "read_write" }, { name: "residual", binding: 4, access: "read_write" }, { name: "direction", binding: 5, access: "read_write" }],
  uniforms: { binding: 6, size: 12, members: { images: { offset: 0, type: "u32" }, first_job: { offset: 4, type: "u32" }, jobs: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const imputeStep = {
  ...{ name: "impute_step", source: imputeStepSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "direction", binding: 0, access: "read" }, { name: "product", binding: 1, access: "read" }, { name: "dots", binding: 2, access: "read" }, { name: "x", binding: 3, access: "read_write" }, { name: "residual", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 16, members: { images: { offset: 0, type: "u32" }, pixels: { offset: 4, type: "u32" }, old: { offset: 8, type: "u32" }, curvature: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 64, SOLVED: 1e-24 },
} as const satisfies KernelDefinition;

export const imputeTurn = {
  ...{ name: "impute_turn", source: imputeTurnSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "residual", binding: 0, access: "read" }, { name: "dots", binding: 1, access: "read" }, { name: "direction", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 16, members: { images: { offset: 0, type: "u32" }, pixels: { offset: 4, type: "u32" }, fresh: { offset: 8, type: "u32" }, old: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 64, SOLVED: 1e-24 },
} as const satisfies KernelDefinition;

export const inpaint = {
  ...{ name: "inpaint", source: inpaintSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "near", binding: 0, access: "read" }, { name: "wide", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { vectors: { offset: 0, type: "u32" }, wide_weight: { offset: 4, type: "f32" }, mean_weight: { offset: 8, type: "f32" }, mean_r: { offset: 12, type: "f32" }, mean_g: { offset: 16, type: "f32" }, mean_b: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const jitterPhoto = {
  ...{ name: "jitter_photo", source: jitterPhotoSource + pcg4dSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 20, members: { seed: { offset: 0, type: "u32" }, sample: { offset: 4, type: "u32" }, radius_r: { offset: 8, type: "f32" }, radius_g: { offset: 12, type: "f32" }, radius_b: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 64, HEIGHT: 224, WIDTH: 224, GREY: 0, STREAM_JITTER: 22 },
} as const satisfies KernelDefinition;

export const keptPart = {
  ...{ name: "kept_part", source: keptPartSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "gates", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 4, members: { samples: { offset: 0, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, HEIGHT: 224, WIDTH: 224, CELL: 4, GRID: 7, GATE_STRIDE: 52 },
} as const satisfies KernelDefinition;

export const labelRange = {
  ...{ name: "label_range", source: labelRangeSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "labels", binding: 0, access: "read" }, { name: "range", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { rows: { offset: 0, type: "u32" }, first_row: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 1 },
} as const satisfies KernelDefinition;

export const limeImages = {
  ...{ name: "lime_images", source: limeImagesSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "segments", binding: 1, access: "read" }, { name: "colours", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 12, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, seed: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, STREAM_SEGMENTS: 7 },
} as const satisfies KernelDefinition;

export const linearRectified = {
  ...{ name: "linear_rectified", source: linearRectifiedSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { batch: { offset: 0, type: "u32" }, inputs4: { offset: 4, type: "u32" }, columns4: { offset: 8, type: "u32" }, first4: { offset: 12, type: "u32" }, out_columns4: { offset: 16, type: "u32" }, sign: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 64, Weight: "f32" },
} as const satisfies KernelDefinition;

export const linearTransposed = {
  ...{ name: "linear_transposed", source: linearTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { inputs4: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" }, first4: { offset: 8, type: "u32" }, gradient_columns4: { offset: 12, type: "u32" }, accumulate: { offset: 16, type: "u32" }, sign: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, Weight: "f32" },
} as const satisfies KernelDefinition;

export const matmul = {
  ...{ name: "matmul", source: matmulSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "a", binding: 0, access: "read" }, { name: "b", binding: 1, access: "read" }, { name: "bias", binding: 2, access: "read" }, { name: "residual", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 36, members: { rows: { offset: 0, type: "u32" }, inner4: { offset: 4, type: "u32" }, columns4: { offset: 8, type: "u32" }, out_columns4: { offset: 12, type: "u32" }, first4: { offset: 16, type: "u32" }, has_bias: { offset: 20, type: "u32" }, has_residual: { offset: 24, type: "u32" }, low: { offset: 28, type: "f32" }, high: { offset: 32, type: "f32" } } },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, TILE_ROWS: 8, TILE_COLUMNS: 2, Weight: "f32" },
} as const satisfies KernelDefinition;

export const moments = {
  ...{ name: "moments", source: momentsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "x", binding: 0, access: "read" }, { name: "moments", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { rows: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const occlude = {
  ...{ name: "occlude", source: occludeSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 36, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, window_x: { offset: 8, type: "u32" }, window_y: { offset: 12, type: "u32" }, stride_x: { offset: 16, type: "u32" }, stride_y: { offset: 20, type: "u32" }, across: { offset: 24, type: "u32" }, windows: { offset: 28, type: "u32" }, step: { offset: 32, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const occlusionMap = {
  ...{ name: "occlusion_map", source: occlusionMapSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "labels", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 32, members: { drawn: { offset: 0, type: "u32" }, window_x: { offset: 4, type: "u32" }, window_y: { offset: 8, type: "u32" }, stride_x: { offset: 12, type: "u32" }, stride_y: { offset: 16, type: "u32" }, across: { offset: 20, type: "u32" }, windows: { offset: 24, type: "u32" }, inverse: { offset: 28, type: "u32" } } },
  constants: { WORKGROUP_X: 64, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const pack = {
  ...{ name: "pack", source: packSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "values", binding: 0, access: "read" }, { name: "scale", binding: 1, access: "read" }, { name: "packed", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 52, members: { inputs: { offset: 0, type: "u32" }, inputs_padded: { offset: 4, type: "u32" }, taps: { offset: 8, type: "u32" }, output_step: { offset: 12, type: "u32" }, input_step: { offset: 16, type: "u32" }, tap_step: { offset: 20, type: "u32" }, group: { offset: 24, type: "u32" }, group4: { offset: 28, type: "u32" }, call_columns4: { offset: 32, type: "u32" }, first4: { offset: 36, type: "u32" }, scale4: { offset: 40, type: "u32" }, columns4: { offset: 44, type: "u32" }, has_scale: { offset: 48, type: "u32" } } },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, Weight: "f32" },
} as const satisfies KernelDefinition;

export const pixelFeatures = {
  ...{ name: "pixel_features", source: pixelFeaturesSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "decoded", binding: 0, access: "read" }, { name: "base", binding: 1, access: "read" }, { name: "anchor", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 16, members: { samples: { offset: 0, type: "u32" }, first_row: { offset: 4, type: "u32" }, pixels: { offset: 8, type: "u32" }, residual: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const pool = {
  ...{ name: "pool", source: poolSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 48, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, window_y: { offset: 24, type: "u32" }, window_x: { offset: 28, type: "u32" }, stride_y: { offset: 32, type: "u32" }, stride_x: { offset: 36, type: "u32" }, pad: { offset: 40, type: "u32" }, mode: { offset: 44, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const poolTransposed = {
  ...{ name: "pool_transposed", source: poolTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "gradient", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 48, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, window_y: { offset: 24, type: "u32" }, window_x: { offset: 28, type: "u32" }, stride_y: { offset: 32, type: "u32" }, stride_x: { offset: 36, type: "u32" }, pad: { offset: 40, type: "u32" }, mode: { offset: 44, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const pyramid = {
  ...{ name: "pyramid", source: pyramidSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 24, members: { levels: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, shared_image: { offset: 12, type: "u32" }, along_y: { offset: 16, type: "u32" }, widest: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const rectifyWeights = {
  ...{ name: "rectify_weights", source: rectifyWeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "weights", binding: 0, access: "read" }, { name: "scale", binding: 1, access: "read" }, { name: "rectified", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 16, members: { rows: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" }, first4: { offset: 8, type: "u32" }, has_scale: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, Weight: "f32" },
} as const satisfies KernelDefinition;

export const replacePixels = {
  ...{ name: "replace_pixels", source: replacePixelsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "ranks", binding: 0, access: "read" }, { name: "photo", binding: 1, access: "read" }, { name: "blurred", binding: 2, access: "read" }, { name: "jobs", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 12, members: { samples: { offset: 0, type: "u32" }, first_job: { offset: 4, type: "u32" }, jobs: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const resize = {
  ...{ name: "resize", source: resizeSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 20, members: { first_line: { offset: 0, type: "u32" }, lines: { offset: 4, type: "u32" }, size: { offset: 8, type: "u32" }, inner: { offset: 12, type: "u32" }, out_size: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const resizePhoto = {
  ...{ name: "resize_photo", source: resizePhotoSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "bytes", binding: 0, access: "read" }, { name: "taps", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { lines: { offset: 0, type: "u32" }, first_line: { offset: 4, type: "u32" }, size: { offset: 8, type: "u32" }, inner: { offset: 12, type: "u32" }, out_count: { offset: 16, type: "u32" }, reach: { offset: 20, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, FRACTION_BITS: 22, GREY: 0 },
} as const satisfies KernelDefinition;

export const reward = {
  ...{ name: "reward", source: rewardSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "logits", binding: 0, access: "read" }, { name: "gradient", binding: 1, access: "read_write" }, { name: "record", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { classes: { offset: 0, type: "u32" }, stride: { offset: 4, type: "u32" }, target_class: { offset: 8, type: "u32" }, contrastive: { offset: 12, type: "u32" }, first_iteration: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const ridgeSystem = {
  ...{ name: "ridge_system", source: ridgeSystemSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gram", binding: 0, access: "read" }, { name: "labels", binding: 1, access: "read" }, { name: "system", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 16, members: { samples: { offset: 0, type: "u32" }, stride: { offset: 4, type: "u32" }, padded: { offset: 8, type: "u32" }, lambda: { offset: 12, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const riseGrids = {
  ...{ name: "rise_grids", source: riseGridsSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "grids", binding: 0, access: "read_write" }],
  uniforms: { binding: 1, size: 32, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, seed: { offset: 8, type: "u32" }, cells: { offset: 12, type: "u32" }, stride4: { offset: 16, type: "u32" }, shifts_x: { offset: 20, type: "u32" }, shifts_y: { offset: 24, type: "u32" }, keep: { offset: 28, type: "f32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, STREAM_CELLS: 5, STREAM_SHIFTS: 6 },
} as const satisfies KernelDefinition;

export const riseImages = {
  ...{ name: "rise_images", source: riseImagesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "grids", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { samples: { offset: 0, type: "u32" }, cells: { offset: 4, type: "u32" }, stride4: { offset: 8, type: "u32" }, stretched_x: { offset: 12, type: "u32" }, stretched_y: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const riseSum = {
  ...{ name: "rise_sum", source: riseSumSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "grids", binding: 0, access: "read" }, { name: "labels", binding: 1, access: "read" }, { name: "sum", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { samples: { offset: 0, type: "u32" }, cells: { offset: 4, type: "u32" }, stride4: { offset: 8, type: "u32" }, stretched_x: { offset: 12, type: "u32" }, stretched_y: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 64, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const saliency = {
  ...{ name: "saliency", source: saliencySource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "w", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { cells: { offset: 0, type: "u32" }, channels: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const sampleLatent = {
  ...{ name: "sample_latent", source: sampleLatentSource + pcg4dSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "center", binding: 0, access: "read" }, { name: "scale", binding: 1, access: "read" }, { name: "z", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 20, members: { samples: { offset: 0, type: "u32" }, latent4: { offset: 4, type: "u32" }, first_sample: { offset: 8, type: "u32" }, seed: { offset: 12, type: "u32" }, strength: { offset: 16, type: "f32" } } },
  constants: { WORKGROUP_X: 64, STREAM: 1 },
} as const satisfies KernelDefinition;

export const score = {
  ...{ name: "score", source: scoreSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "x", binding: 0, access: "read" }, { name: "w", binding: 1, access: "read" }, { name: "scores", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 12, members: { rows: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" }, first_row: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const scoreCamImages = {
  ...{ name: "score_cam_images", source: scoreCamImagesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "photo", binding: 0, access: "read" }, { name: "features", binding: 1, access: "read" }, { name: "extents", binding: 2, access: "read" }, { name: "channels", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 20, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, height: { offset: 8, type: "u32" }, width: { offset: 12, type: "u32" }, channels4: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const scoreCamSum = {
  ...{ name: "score_cam_sum", source: scoreCamSumSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "features", binding: 0, access: "read" }, { name: "channels", binding: 1, access: "read" }, { name: "labels", binding: 2, access: "read" }, { name: "sum", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 16, members: { samples: { offset: 0, type: "u32" }, first_sample: { offset: 4, type: "u32" }, positions: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const scoreGradient = {
  ...{ name: "score_gradient", source: scoreGradientSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "probabilities", binding: 0, access: "read" }, { name: "gradient", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 24, members: { rows: { offset: 0, type: "u32" }, classes: { offset: 4, type: "u32" }, stride: { offset: 8, type: "u32" }, target_class: { offset: 12, type: "u32" }, of_probability: { offset: 16, type: "u32" }, scale: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const selectRank = {
  ...{ name: "select_rank", source: selectRankSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "values", binding: 0, access: "read" }, { name: "found", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { count: { offset: 0, type: "u32" }, rank: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 256, BITS: 8, RADIX: 256 },
} as const satisfies KernelDefinition;

export const share = {
  ...{ name: "share", source: shareSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "part", binding: 0, access: "read" }, { name: "whole", binding: 1, access: "read" }, { name: "relevance", binding: 2, access: "read" }, { name: "residual", binding: 3, access: "read" }, { name: "out", binding: 4, access: "read_write" }],
  uniforms: { binding: 5, size: 20, members: { vectors: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" }, part_mode: { offset: 8, type: "u32" }, has_whole: { offset: 12, type: "u32" }, has_residual: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const smoothMask = {
  ...{ name: "smooth_mask", source: smoothMaskSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "parameters", binding: 0, access: "read" }, { name: "weights", binding: 1, access: "read" }, { name: "mask", binding: 2, access: "read_write" }, { name: "sums", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 20, members: { grid_x: { offset: 0, type: "u32" }, grid_y: { offset: 4, type: "u32" }, full_x: { offset: 8, type: "u32" }, full_y: { offset: 12, type: "u32" }, first: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, STEP: 7, WINDOW: 9, TEMPERATURE: 20.0 },
} as const satisfies KernelDefinition;

export const smoothMaskStep = {
  ...{ name: "smooth_mask_step", source: smoothMaskStepSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "mask", binding: 1, access: "read" }, { name: "sums", binding: 2, access: "read" }, { name: "weights", binding: 3, access: "read" }, { name: "parameters", binding: 4, access: "read_write" }, { name: "velocity", binding: 5, access: "read_write" }],
  uniforms: { binding: 6, size: 28, members: { grid_x: { offset: 0, type: "u32" }, full_x: { offset: 4, type: "u32" }, full_y: { offset: 8, type: "u32" }, first: { offset: 12, type: "u32" }, rate: { offset: 16, type: "f32" }, keep: { offset: 20, type: "f32" }, take: { offset: 24, type: "f32" } } },
  constants: { WORKGROUP_X: 64, STEP: 7, WINDOW: 9, TEMPERATURE: 20.0 },
} as const satisfies KernelDefinition;

export const smoothSystem = {
  ...{ name: "smooth_system", source: smoothSystemSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "moments", binding: 0, access: "read" }, { name: "ratios", binding: 1, access: "read" }, { name: "systems", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 12, members: { features: { offset: 0, type: "u32" }, stride: { offset: 4, type: "u32" }, padded: { offset: 8, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const softmax = {
  ...{ name: "softmax", source: softmaxSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "logits", binding: 0, access: "read" }, { name: "probabilities", binding: 1, access: "read_write" }, { name: "labels", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { rows: { offset: 0, type: "u32" }, classes: { offset: 4, type: "u32" }, stride: { offset: 8, type: "u32" }, target_class: { offset: 12, type: "u32" }, first_row: { offset: 16, type: "u32" }, above: { offset: 20, type: "u32" } } },
  constants: { WORKGROUP_X: 64, OUTPUTS: 0 },
} as const satisfies KernelDefinition;

export const squaredDistances = {
  ...{ name: "squared_distances", source: squaredDistancesSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gram", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { rows: { offset: 0, type: "u32" }, stride4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const studentDual = {
  ...{ name: "student_dual", source: studentDualSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "gram", binding: 0, access: "read" }, { name: "labels", binding: 1, access: "read" }, { name: "order", binding: 2, access: "read" }, { name: "state", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 36, members: { samples: { offset: 0, type: "u32" }, stride: { offset: 4, type: "u32" }, minibatch: { offset: 8, type: "u32" }, epochs: { offset: 12, type: "u32" }, rate: { offset: 16, type: "f32" }, momentum: { offset: 20, type: "f32" }, loss: { offset: 24, type: "u32" }, soft: { offset: 28, type: "f32" }, hard: { offset: 32, type: "f32" } } },
  constants: { WORKGROUP_X: 256, MINIBATCH: 64 },
} as const satisfies KernelDefinition;

export const studentPrimal = {
  ...{ name: "student_primal", source: studentPrimalSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "x", binding: 0, access: "read" }, { name: "labels", binding: 1, access: "read" }, { name: "order", binding: 2, access: "read" }, { name: "state", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 36, members: { samples: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" }, minibatch: { offset: 8, type: "u32" }, epoch: { offset: 12, type: "u32" }, rate: { offset: 16, type: "f32" }, momentum: { offset: 20, type: "f32" }, loss: { offset: 24, type: "u32" }, soft: { offset: 28, type: "f32" }, hard: { offset: 32, type: "f32" } } },
  constants: { WORKGROUP_X: 256, MINIBATCH: 64 },
} as const satisfies KernelDefinition;

export const thumbnails = {
  ...{ name: "thumbnails", source: thumbnailsSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "images", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 36, members: { samples: { offset: 0, type: "u32" }, first_row: { offset: 4, type: "u32" }, pixels: { offset: 8, type: "u32" }, mean_r: { offset: 12, type: "f32" }, mean_g: { offset: 16, type: "f32" }, mean_b: { offset: 20, type: "f32" }, deviation_r: { offset: 24, type: "f32" }, deviation_g: { offset: 28, type: "f32" }, deviation_b: { offset: 32, type: "f32" } } },
  constants: { WORKGROUP_X: 64, ORDER: 0 },
} as const satisfies KernelDefinition;

export const transposeWeights = {
  ...{ name: "transpose_weights", source: transposeWeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "weights", binding: 0, access: "read" }, { name: "transposed", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 28, members: { taps: { offset: 0, type: "u32" }, inputs4: { offset: 4, type: "u32" }, columns4: { offset: 8, type: "u32" }, outputs4: { offset: 12, type: "u32" }, out_columns4: { offset: 16, type: "u32" }, first_input4: { offset: 20, type: "u32" }, first_output4: { offset: 24, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Weight: "f32" },
} as const satisfies KernelDefinition;

export const tsneAffinities = {
  ...{ name: "tsne_affinities", source: tsneAffinitiesSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "distances", binding: 0, access: "read" }, { name: "bandwidths", binding: 1, access: "read" }, { name: "out", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 8, members: { points: { offset: 0, type: "u32" }, stride4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64, LEAST: 2.220446e-16 },
} as const satisfies KernelDefinition;

export const tsneBandwidths = {
  ...{ name: "tsne_bandwidths", source: tsneBandwidthsSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "distances", binding: 0, access: "read" }, { name: "bandwidths", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 12, members: { points: { offset: 0, type: "u32" }, stride: { offset: 4, type: "u32" }, perplexity: { offset: 8, type: "f32" } } },
  constants: { WORKGROUP_X: 16, STEPS: 64, TOLERANCE: 1e-5 },
} as const satisfies KernelDefinition;

export const tsneForces = {
  ...{ name: "tsne_forces", source: tsneForcesSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "affinities", binding: 0, access: "read" }, { name: "positions", binding: 1, access: "read" }, { name: "forces", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 8, members: { stride4: { offset: 0, type: "u32" }, slice4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 16 },
} as const satisfies KernelDefinition;

export const tsneStep = {
  ...{ name: "tsne_step", source: tsneStepSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "forces", binding: 0, access: "read" }, { name: "positions", binding: 1, access: "read_write" }, { name: "motion", binding: 2, access: "read_write" }],
  uniforms: { binding: 3, size: 24, members: { points: { offset: 0, type: "u32" }, stride4: { offset: 4, type: "u32" }, slices: { offset: 8, type: "u32" }, exaggeration: { offset: 12, type: "f32" }, momentum: { offset: 16, type: "f32" }, rate: { offset: 20, type: "f32" } } },
  constants: { WORKGROUP_X: 64, LEAST_GAIN: 0.01 },
} as const satisfies KernelDefinition;

export const unpackPhoto = {
  ...{ name: "unpack_photo", source: unpackPhotoSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "bytes", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { pixels: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const upsample = {
  ...{ name: "upsample", source: upsampleSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 24, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const upsampleTransposed = {
  ...{ name: "upsample_transposed", source: upsampleTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "gradient", binding: 0, access: "read" }, { name: "out", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 20, members: { lines: { offset: 0, type: "u32" }, height: { offset: 4, type: "u32" }, width: { offset: 8, type: "u32" }, channels4: { offset: 12, type: "u32" }, factor: { offset: 16, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const winograd4Input = {
  ...{ name: "winograd4_input", source: winograd4InputSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "tiles", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 36, members: { count: { offset: 0, type: "u32" }, first_tile: { offset: 4, type: "u32" }, tiles_y: { offset: 8, type: "u32" }, tiles_x: { offset: 12, type: "u32" }, height: { offset: 16, type: "u32" }, width: { offset: 20, type: "u32" }, channels4: { offset: 24, type: "u32" }, pad_top: { offset: 28, type: "u32" }, pad_left: { offset: 32, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const winograd4Output = {
  ...{ name: "winograd4_output", source: winograd4OutputSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "products", binding: 0, access: "read" }, { name: "bias", binding: 1, access: "read" }, { name: "residual", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 40, members: { count: { offset: 0, type: "u32" }, first_tile: { offset: 4, type: "u32" }, tiles_y: { offset: 8, type: "u32" }, tiles_x: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, columns4: { offset: 24, type: "u32" }, has_residual: { offset: 28, type: "u32" }, low: { offset: 32, type: "f32" }, high: { offset: 36, type: "f32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const winograd4Weights = {
  ...{ name: "winograd4_weights", source: winograd4WeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "weights", binding: 0, access: "read" }, { name: "planes", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { channels: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Weight: "f32" },
} as const satisfies KernelDefinition;

export const winogradInput = {
  ...{ name: "winograd_input", source: winogradInputSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "image", binding: 0, access: "read" }, { name: "tiles", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 36, members: { count: { offset: 0, type: "u32" }, first_tile: { offset: 4, type: "u32" }, tiles_y: { offset: 8, type: "u32" }, tiles_x: { offset: 12, type: "u32" }, height: { offset: 16, type: "u32" }, width: { offset: 20, type: "u32" }, channels4: { offset: 24, type: "u32" }, pad_top: { offset: 28, type: "u32" }, pad_left: { offset: 32, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const winogradOutput = {
  ...{ name: "winograd_output", source: winogradOutputSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "products", binding: 0, access: "read" }, { name: "bias", binding: 1, access: "read" }, { name: "residual", binding: 2, access: "read" }, { name: "out", binding: 3, access: "read_write" }],
  uniforms: { binding: 4, size: 40, members: { count: { offset: 0, type: "u32" }, first_tile: { offset: 4, type: "u32" }, tiles_y: { offset: 8, type: "u32" }, tiles_x: { offset: 12, type: "u32" }, out_height: { offset: 16, type: "u32" }, out_width: { offset: 20, type: "u32" }, columns4: { offset: 24, type: "u32" }, has_residual: { offset: 28, type: "u32" }, low: { offset: 32, type: "f32" }, high: { offset: 36, type: "f32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const winogradWeights = {
  ...{ name: "winograd_weights", source: winogradWeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"] },
  bindings: [{ name: "weights", binding: 0, access: "read" }, { name: "planes", binding: 1, access: "read_write" }],
  uniforms: { binding: 2, size: 8, members: { channels: { offset: 0, type: "u32" }, columns4: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Weight: "f32" },
} as const satisfies KernelDefinition;
