// SPDX-License-Identifier: Apache-2.0
package dev.quench.metric.detection;

import dev.quench.run.dataset.Box;

/// An object that a model found.
///
/// @param box in pixels of the model's input
/// @param classIndex from 0
/// @param score confidence; higher is more certain
public record Detection(Box box, int classIndex, double score) {}
