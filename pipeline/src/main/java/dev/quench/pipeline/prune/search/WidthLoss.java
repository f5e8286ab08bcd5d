// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.prune.search;

/// What a model loses by its widths, on samples held back, before fine-tuning.
///
/// @param drop of the metric's first score, as a share; negative for a gain, 0 without a metric
/// @param outputError mean over the samples of ‖y − ŷ‖² / ‖y‖², at most 1 for each, of all floating
///   outputs together
public record WidthLoss(double drop, double outputError) {}
