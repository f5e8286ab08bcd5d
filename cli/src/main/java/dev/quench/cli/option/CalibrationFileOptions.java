// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.cli.converter.TensorRtVersionConverter;
import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.pipeline.calibrate.CalibrationFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where ranges go.
@OptionGroup("Outputs")
public final class CalibrationFileOptions {
  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "The table to write (JSON), with the hashes of model and data.")
  private @Nullable Path table;

  @Option(
      names = "--histograms",
      description = "Also write the histograms beside the table, for a later table merge.")
  private boolean histograms;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description = "Also write the text cache that TensorRT up to version 10 reads.")
  private @Nullable Path cache;

  @Option(
      names = "--tensorrt-version",
      paramLabel = "V",
      converter = TensorRtVersionConverter.class,
      description = "Version in the cache's header, such as 10.3.0; default: that of the bindings.")
  private TensorRtVersion version = TensorRtVersion.BUNDLED;

  public boolean hasCache() {
    return cache != null;
  }

  /// The files, checked: they can be written and replace no input.
  ///
  /// @param histogramsToo whether to keep them in any case
  public CalibrationFiles files(boolean histogramsToo, QuenchCommand command) throws IOException {
    if (table == null && cache == null) {
      throw command.wrongUsage("give --table, --cache or both, else the ranges are lost");
    }
    boolean kept = histograms || histogramsToo;
    if (kept && table == null) {
      throw command.wrongUsage("--histograms needs --table");
    }
    CalibrationFiles files =
        new CalibrationFiles(Optional.ofNullable(table), Optional.ofNullable(cache), version, kept);
    command.checkOutputs(files.outputs().toArray(Path[]::new));
    return files;
  }
}
