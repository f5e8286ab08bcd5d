// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.cli.converter.ShareConverter;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.OptionGroup;
import dev.quench.pipeline.calibrate.RangeSource;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Ranges that were found earlier: a calibration table, or a text cache of TensorRT up to version
/// 10.
@OptionGroup("Ranges")
final class RangeOptions {
  @Option(
      names = "--table",
      paramLabel = "FILE",
      description = "Calibration table; refused when it was made from another model.")
  private @Nullable Path table;

  @Option(
      names = "--cache",
      paramLabel = "FILE",
      description =
          "TensorRT text cache; holds no hash, so it needs --trust-cache, or --table to vouch for it.")
  private @Nullable Path cache;

  @Option(names = "--trust-cache", description = "Trust --cache to belong to this model.")
  private boolean trustCache;

  @Option(
      names = "--min-coverage",
      paramLabel = "SHARE",
      defaultValue = "90%",
      converter = ShareConverter.class,
      description =
          "Refuse a --cache that has a scale for less than this share of the tensors to quantize; layers that read one without stay float. Default ${DEFAULT-VALUE}.")
  private double minCoverage;

  boolean isGiven() {
    return table != null || cache != null;
  }

  /// Whether tensors may lack a range: what needs them stays float then, as with TensorRT itself.
  boolean mayLackTensors() {
    return cache != null;
  }

  /// What was given.
  ///
  /// @throws CommandException if nothing vouches for the cache
  RangeSource source() {
    if (cache == null) {
      return new RangeSource.Table(Objects.requireNonNull(table));
    }
    if (table == null && !trustCache) {
      throw new CommandException(
          cache
              + " does not say which model it belongs to; give the --table that was written with it, or --trust-cache");
    }
    return new RangeSource.Cache(cache, Optional.ofNullable(table), minCoverage);
  }
}
