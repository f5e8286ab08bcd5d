// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.run.dataset.LabelledBox;
import java.nio.file.Path;
import java.util.List;

/// One image file with its annotation.
record LabelledFile(Path file, Label label) {
  /// The annotation of one image.
  sealed interface Label {
    record None() implements Label {}

    /// @param index of the class in the model
    /// @param stored index in the data, before it is matched to the model
    record OfClass(int index, int stored) implements Label {}

    record MaskIn(Path file) implements Label {}

    /// @param width of the image by its annotations; 0 if they do not give it
    /// @param height likewise
    record Objects(List<LabelledBox> boxes, int width, int height) implements Label {}

    record Text(String text) implements Label {}
  }
}
