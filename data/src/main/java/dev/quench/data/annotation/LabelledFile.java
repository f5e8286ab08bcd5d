// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import dev.quench.run.dataset.LabelledBox;
import java.nio.file.Path;
import java.util.List;

/// One image file with what is known of it.
record LabelledFile(Path file, Label label) {
  /// What is known of one image.
  sealed interface Label {
    record None() implements Label {}

    /// @param index of the class in the model
    /// @param stored index as the data alone say it
    record OfClass(int index, int stored) implements Label {}

    record MaskIn(Path file) implements Label {}

    /// @param width of the image as its annotations say, 0 where they do not
    /// @param height likewise
    record Objects(List<LabelledBox> boxes, int width, int height) implements Label {}

    record Text(String text) implements Label {}
  }
}
