// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.factor;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.factor.product.ProductQuantization;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/// Words and codes in place of thinner layers.
@OptionGroup("Product quantization")
final class ProductOptions {
  @Option(
      names = "--product",
      description =
          "Instead of low rank: store weights as words of small codebooks and codes of a byte. The file shrinks; ONNX Runtime takes as long as before.")
  private boolean product;

  @Option(
      names = "--words",
      paramLabel = "K",
      defaultValue = "128",
      description =
          "For --product: words of each piece at most, 4 to 256; default ${DEFAULT-VALUE}.")
  private int words;

  @Option(
      names = "--piece",
      paramLabel = "N",
      defaultValue = "8",
      description =
          "For --product: channels of a piece at most; a layer takes the largest number that divides its channels. Default ${DEFAULT-VALUE}.")
  private int piece;

  @Option(
      names = "--operations",
      paramLabel = "SHARE",
      defaultValue = "0.25",
      description =
          "For --product: operations of a layer with tables, as a share of its MACs; a layer takes as many words as that allows. Default ${DEFAULT-VALUE}.")
  private double operations;

  /// Whether the command is to store words and codes.
  boolean isGiven() {
    return product;
  }

  /// @param data whether data are given
  /// @throws picocli.CommandLine.ParameterException if options do not fit together
  void check(boolean data, QuenchCommand command) {
    if (!product) {
      if (data || Stream.of("--words", "--piece", "--operations").anyMatch(command::isGiven)) {
        throw command.wrongUsage("--words, --piece, --operations and --data are for --product");
      }
      return;
    }
    if (words < 4 || words > 256 || piece < 2) {
      throw command.wrongUsage(
          "--words must be 4 to 256 and --piece 2 or more, got %d and %d".formatted(words, piece));
    }
    if (!(operations > 0 && operations <= 1)) {
      throw command.wrongUsage("--operations must lie in (0, 1], got " + operations);
    }
    if (Stream.of("--method", "--energy", "--macs", "--align", "--backend", "--batch-size")
        .anyMatch(command::isGiven)) {
      throw command.wrongUsage(
          "--product splits no layers: omit --method, --energy, --macs, --align, --backend and --batch-size");
    }
  }

  /// Passes the options on.
  ProductQuantization set(ProductQuantization quantization) {
    return quantization.words(words).length(piece).operations(operations);
  }
}
