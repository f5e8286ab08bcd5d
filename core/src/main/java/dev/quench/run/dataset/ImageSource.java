// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.nio.file.Path;

/// The image that a sample was made from.
///
/// @param file where it is stored
/// @param geometry where its pixels are in the sample
public record ImageSource(Path file, ImageGeometry geometry) {}
