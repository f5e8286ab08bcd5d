// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.converter;

import dev.quench.cli.output.CommandException;
import dev.quench.data.image.Preprocessing;
import dev.quench.data.image.PreprocessingPresets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Finds the preprocessing that `--preprocess` names.
public final class DeclaredPreprocessing {
  /// For help and messages.
  public static final String PRESETS =
      "imagenet, yolo-640, pp-ocr-detection, pp-ocr-recognition, pp-ocr-direction";

  private DeclaredPreprocessing() {}

  /// A file of that name goes before a preset.
  ///
  /// @param named null if the option is not given
  /// @throws IOException if the file cannot be read
  public static Optional<Preprocessing> find(@Nullable Path named) throws IOException {
    if (named == null) {
      return Optional.empty();
    }
    if (Files.exists(named)) {
      return Optional.of(Preprocessing.read(named));
    }
    Optional<Preprocessing> preset = PreprocessingPresets.find(named.toString());
    if (preset.isEmpty()) {
      throw new CommandException(
          "--preprocess " + named + " is neither a file nor one of the presets " + PRESETS);
    }
    return preset;
  }
}
