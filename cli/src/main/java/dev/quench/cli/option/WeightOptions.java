// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.quantize.blockwise.BlockWeightType;
import dev.quench.compress.quantize.blockwise.BlockwiseOptions;
import dev.quench.pipeline.quantize.QuantizedForm;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Weights stored in few bits, with activations left float.
@OptionGroup("Weights alone")
public final class WeightOptions {
  @Option(
      names = "--weights",
      paramLabel = "TYPE",
      description =
          "Store only the weights of MatMul and Gemm in int4 or int8, with one scale for each block; activations stay float, so no ranges are needed.")
  private @Nullable BlockWeightType weights;

  @Option(
      names = "--block-size",
      paramLabel = "N",
      description = "Weights of --weights that share a scale; default 32.")
  private @Nullable Integer blockSize;

  public boolean isGiven() {
    return weights != null;
  }

  /// @param needless whether options were given that find, take or check ranges
  /// @param target as on the command line, or empty
  public void check(QuenchCommand command, String target, boolean needless) {
    if (!isGiven()) {
      if (blockSize != null) {
        throw command.wrongUsage("--block-size goes with --weights");
      }
      return;
    }
    if (needless) {
      throw command.wrongUsage(
          "--weights leaves activations float and needs no ranges: leave away --table, --cache, --data and what keeps the accuracy");
    }
    if (blockSize != null && blockSize < 2) {
      throw command.wrongUsage("--block-size must be 2 or more, got " + blockSize);
    }
    if (blockSize != null
        && blockSize > BlockwiseOptions.LARGEST_FOR_ONNX_RUNTIME
        && !isForTensorRt(target)) {
      throw command.wrongUsage(
          "--block-size must be 256 or less, got %d: ONNX Runtime refuses larger blocks"
              .formatted(blockSize));
    }
  }

  /// @param target as on the command line; empty writes what both runtimes take where they agree
  public QuantizedForm form(String target) {
    BlockwiseOptions options =
        BlockwiseOptions.of(Objects.requireNonNull(weights)).withForTensorRt(isForTensorRt(target));
    return new QuantizedForm.Blockwise(
        blockSize == null ? options : options.withBlockSize(blockSize));
  }

  private boolean isForTensorRt(String target) {
    return target.isEmpty()
        ? weights == BlockWeightType.INT4
        : !target.equals(QuantizedForm.ONNX_RUNTIME.target());
  }

  /// For people: `INT4`.
  public String label() {
    return Objects.requireNonNull(weights).toString();
  }
}
