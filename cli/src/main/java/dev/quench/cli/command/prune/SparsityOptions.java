// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command.prune;

import dev.quench.cli.output.OptionGroup;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.compress.prune.sparse.SparsityPattern;
import dev.quench.compress.prune.sparse.StructuredSparsity;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.run.Backends;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Zeros in a pattern, in place of channels that go.
@OptionGroup("Sparsity")
final class SparsityOptions {
  @Option(
      names = "--pattern",
      paramLabel = "N:M",
      description =
          "Instead of --ratio: keep at most N of each M consecutive input channels of Conv, Gemm and MatMul, such as 2:4 for sparse tensor cores; shapes stay. Only TensorRT (quench build --sparse-weights) gets faster.")
  private @Nullable String pattern;

  @Option(
      names = "--no-permutation",
      description =
          "For --pattern: leave channels in their order. Otherwise they change places where the model computes the same, so that more of the weights stays.")
  private boolean inOrder;

  @Option(
      names = "--exclude",
      paramLabel = "NODE",
      description =
          "For --pattern: leave layers as they are, by name with * and ?, regex:EXPRESSION or op:TYPE.")
  private List<String> excluded = List.of();

  @Option(
      names = "--first-layers",
      description = "For --pattern: also take layers that read the inputs of the graph.")
  private boolean firstLayers;

  /// Whether the command is to give a model a pattern.
  boolean isGiven() {
    return pattern != null;
  }

  /// @throws picocli.CommandLine.ParameterException if options do not fit together
  void check(QuenchCommand command) {
    if (pattern == null) {
      if (inOrder || firstLayers || !excluded.isEmpty()) {
        throw command.wrongUsage(
            "--no-permutation, --exclude and --first-layers are for --pattern");
      }
      return;
    }
    Optional<String> forChannels =
        Stream.of(
                "--ratio",
                "--method",
                "--of",
                "--ranking",
                "--align",
                "--floor",
                "--data",
                "--search",
                "--target-latency",
                "--max-drop")
            .filter(command::isGiven)
            .findFirst();
    if (forChannels.isPresent()) {
      throw command.wrongUsage("--pattern keeps all channels: omit " + forChannels.get());
    }
    if (command.isGiven("--require-faster") || command.isGiven("--batch-size")) {
      throw command.wrongUsage(
          "--pattern makes nothing faster but an engine of quench build --sparse-weights: omit --require-faster and --batch-size");
    }
    parsed(command);
  }

  /// What to do with a model.
  StructuredSparsity of(Model model, QuenchCommand command) {
    return StructuredSparsity.of(model)
        .pattern(parsed(command))
        .permute(!inOrder)
        .excluding(NodeSelection.of(excluded))
        .firstLayers(firstLayers)
        .checkOn(Backends.named("onnxruntime"));
  }

  private SparsityPattern parsed(QuenchCommand command) {
    try {
      return SparsityPattern.of(String.valueOf(pattern));
    } catch (IllegalArgumentException e) {
      throw command.wrongUsage("--pattern: " + e.getMessage());
    }
  }
}
