// SPDX-License-Identifier: Apache-2.0
package dev.quench.cost;

import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A two-dimensional convolution by each algorithm that can compute it, and the one that a model of
/// time prefers.
///
/// The time is the larger of arithmetic and traffic on a [Roofline]; kernels are assumed, not
/// measured, to reach the share of the peak that [AlgorithmCost#efficiency] says. A backend may
/// choose otherwise; only a measurement decides.
///
/// @param node name of the convolution
/// @param costs by algorithm, fastest first, at least one
/// @param refused why an algorithm cannot compute this convolution
public record ConvolutionCost(
    String node, List<AlgorithmCost> costs, Map<ConvolutionAlgorithm, String> refused) {
  private static final double DIRECT_EFFICIENCY = 0.6;
  private static final double GEMM_EFFICIENCY = 0.85;
  private static final double WINOGRAD_EFFICIENCY = 0.6;
  private static final double FFT_EFFICIENCY = 0.4;

  /// Output channels that a matrix kernel needs to fill its registers.
  private static final double FULL_COLUMNS = 8;

  /// Lavin and Gray, section 4.1 and 4.2: operations on one tile for F(2×2, 3×3) and F(4×4, 3×3).
  private record Tile(int size, int inputFlops, int outputFlops) {}

  private static final List<Tile> TILES = List.of(new Tile(2, 32, 24), new Tile(4, 144, 100));

  public ConvolutionCost {
    costs = List.copyOf(costs);
    refused = Collections.unmodifiableMap(new EnumMap<>(refused));
  }

  /// Of all convolutions over two axes whose sizes are known.
  ///
  /// @param model not modified
  /// @param inputShapes as for [ModelCost#of(Model, Map)]
  /// @param machine whose balance of arithmetic and memory decides
  public static List<ConvolutionCost> of(
      Model model, Map<String, Shape> inputShapes, Roofline machine) {
    List<ConvolutionCost> found = new ArrayList<>();
    for (Node node : CountedShapes.settle(model, inputShapes).graph().allNodes()) {
      String name = node.name().isEmpty() ? node.output(0).name() : node.name();
      ConvolutionSize.of(node).ifPresent(size -> found.add(of(name, size, machine)));
    }
    return found;
  }

  static ConvolutionCost of(String node, ConvolutionSize size, Roofline machine) {
    List<AlgorithmCost> costs = new ArrayList<>();
    Map<ConvolutionAlgorithm, String> refused = new EnumMap<>(ConvolutionAlgorithm.class);
    costs.add(
        cost(
            ConvolutionAlgorithm.DIRECT,
            "",
            size.macs(),
            2 * size.macs(),
            size.activationBytes() + size.weightBytes(),
            0,
            DIRECT_EFFICIENCY));
    costs.add(gemm(size));
    String reason = notMinimal(size);
    if (reason.isEmpty()) {
      TILES.forEach(tile -> costs.add(winograd(size, tile)));
    } else {
      refused.put(ConvolutionAlgorithm.WINOGRAD, reason);
    }
    if (size.strided() || size.dilated()) {
      refused.put(ConvolutionAlgorithm.FFT, size.strided() ? "it has a stride" : "it is dilated");
    } else if (size.elementBytes() < 4) {
      refused.put(ConvolutionAlgorithm.FFT, "its numbers are too coarse for transforms");
    } else {
      costs.add(fft(size));
    }
    // Where memory bounds several alike, the one with arithmetic to spare goes first.
    costs.sort(
        Comparator.<AlgorithmCost>comparingDouble(cost -> cost.seconds(machine))
            .thenComparingDouble(cost -> -cost.efficiency()));
    return new ConvolutionCost(node, costs, refused);
  }

  /// The fastest by the model.
  public AlgorithmCost chosen() {
    return costs.getFirst();
  }

  /// Why it is the fastest, in one line.
  public String explain(Roofline machine) {
    AlgorithmCost best = chosen();
    AlgorithmCost direct = by(ConvolutionAlgorithm.DIRECT);
    AlgorithmCost next =
        costs.stream()
            .filter(cost -> cost.algorithm() != best.algorithm())
            .findFirst()
            .orElse(direct);
    String why =
        switch (best.algorithm()) {
          case DIRECT -> "no workspace, where every other way moves more or fills fewer lanes";
          case GEMM ->
              best.workspaceBytes() == 0
                  ? "the input is the matrix already"
                  : "patches cost less traffic than the product gains";
          case WINOGRAD, FFT ->
              String.format(
                  Locale.ROOT, "%.2f times fewer products", direct.products() / best.products());
        };
    return String.format(
        Locale.ROOT,
        "%s: %s; %s bound, estimated %.2f of the time of the next, %s",
        best.describe(),
        why,
        machine.bound(best).name().toLowerCase(Locale.ROOT),
        best.seconds(machine) / next.seconds(machine),
        next.describe());
  }

  /// @throws IllegalArgumentException if it was refused
  public AlgorithmCost by(ConvolutionAlgorithm algorithm) {
    return costs.stream()
        .filter(cost -> cost.algorithm() == algorithm)
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                algorithm.display() + ": " + refused.getOrDefault(algorithm, "not costed")));
  }

  private static AlgorithmCost gemm(ConvolutionSize size) {
    boolean pointwise = size.taps() == 1 && !size.strided() && !size.padded();
    double workspace =
        pointwise ? 0 : size.elementBytes() * size.positions() * size.inputs() * size.taps();
    double lanes = Math.min(1, size.outputs() / (double) size.group() / FULL_COLUMNS);
    return cost(
        ConvolutionAlgorithm.GEMM,
        "",
        size.macs(),
        2 * size.macs(),
        size.activationBytes() + size.weightBytes() + 2 * workspace,
        workspace,
        GEMM_EFFICIENCY * lanes);
  }

  private static String notMinimal(ConvolutionSize size) {
    if (size.kernelRows() != 3 || size.kernelColumns() != 3) {
      return "its kernel is %d x %d, not 3 x 3".formatted(size.kernelRows(), size.kernelColumns());
    }
    if (size.strided()) {
      return "it has a stride";
    }
    if (size.dilated()) {
      return "it is dilated";
    }
    if (size.group() != 1) {
      return "it has groups of channels";
    }
    return size.elementBytes() == 1 ? "8 bits do not hold its transforms" : "";
  }

  private static AlgorithmCost winograd(ConvolutionSize size, Tile tile) {
    double tiles =
        (double) size.batch()
            * Math.ceilDiv(size.outputRows(), tile.size())
            * Math.ceilDiv(size.outputColumns(), tile.size());
    double points = (tile.size() + 2) * (double) (tile.size() + 2);
    double products = tiles * points * size.inputs() * size.outputs();
    double transforms =
        tiles * (tile.inputFlops() * size.inputs() + tile.outputFlops() * size.outputs());
    double workspace = size.elementBytes() * tiles * points * (size.inputs() + size.outputs());
    return cost(
        ConvolutionAlgorithm.WINOGRAD,
        "F(%dx%d, 3x3)".formatted(tile.size(), tile.size()),
        products,
        2 * products + transforms,
        size.activationBytes() + size.weightBytes() * points / size.taps() + 2 * workspace,
        workspace,
        WINOGRAD_EFFICIENCY);
  }

  /// Real transforms of `P × Q` points take about 2.5 PQ log2(PQ) FLOPs; half of the spectrum is
  /// kept, and a complex product with its sum takes 8 FLOPs, four of them multiplications.
  private static AlgorithmCost fft(ConvolutionSize size) {
    double rows = Math.max(size.inputRows(), size.outputRows()) + size.kernelRows() - 1;
    double columns = Math.max(size.inputColumns(), size.outputColumns()) + size.kernelColumns() - 1;
    double points = rows * columns;
    double spectrum = rows * Math.floor(columns / 2 + 1);
    double images = (double) size.batch() * (size.inputs() + size.outputs());
    double each = size.batch() * spectrum * size.inputsOfGroup() * size.outputs();
    double transforms = images * 2.5 * points * Math.log(points) / Math.log(2);
    double complexBytes = 2.0 * size.elementBytes();
    double workspace = complexBytes * images * spectrum;
    double filters = complexBytes * spectrum * size.inputsOfGroup() * size.outputs();
    return cost(
        ConvolutionAlgorithm.FFT,
        "",
        4 * each,
        8 * each + transforms,
        size.activationBytes() + filters + 2 * workspace,
        workspace,
        FFT_EFFICIENCY);
  }

  private static AlgorithmCost cost(
      ConvolutionAlgorithm algorithm,
      String variant,
      double products,
      double flops,
      double bytes,
      double workspace,
      double efficiency) {
    return new AlgorithmCost(
        algorithm, variant, products, (long) flops, (long) bytes, (long) workspace, efficiency);
  }
}
