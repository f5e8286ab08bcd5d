// SPDX-License-Identifier: Apache-2.0
package dev.quench.run.dataset;

import java.nio.file.Path;

/// A file that a data set leaves out because it cannot read it and was asked to skip such files.
///
/// @param reason one line
public record SkippedFile(Path file, String reason) {}
