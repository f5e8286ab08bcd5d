// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.graph.Node;
import dev.quench.graph.pattern.Patch;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WeightLayout;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/// E[x·xᵀ] of what the weights of one output channel of a layer are multiplied by: `[K, K]` for
/// each group, K the weights a channel has. So that E[(Δw·x)²] = Δw · E[x·xᵀ] · Δwᵀ.
///
/// Positions are drawn at random from each input, seeded. Not thread-safe.
final class InputMoments {
  /// More weights a channel than this make matrices that take too long.
  private static final long LARGEST_K = 4608;

  private static final int POSITIONS_PER_SAMPLE = 256;

  private final Operand operand;
  private final INDArray[] sums;
  private final SplittableRandom random = new SplittableRandom(1);
  private long positions;

  /// How a layer reads its input.
  private sealed interface Operand {
    int groups();

    int weightsPerChannel();

    /// `Gemm` and `MatMul`: rows of the last axis.
    record Rows(int weightsPerChannel) implements Operand {
      @Override
      public int groups() {
        return 1;
      }
    }

    /// `Conv` of two dimensions.
    record Patches(int groups, int channelsPerGroup, SlidingWindow window) implements Operand {
      @Override
      public int weightsPerChannel() {
        return channelsPerGroup * window.taps();
      }
    }
  }

  private InputMoments(Operand operand) {
    this.operand = operand;
    this.sums = new INDArray[operand.groups()];
    int k = operand.weightsPerChannel();
    for (int g = 0; g < sums.length; g++) {
      sums[g] = Nd4j.zeros(DataType.FLOAT, k, k);
    }
  }

  /// @return empty where the layer is of a kind that is not handled: other dimensions than two, a
  ///   transposed convolution, more than 4608 weights a channel
  static Optional<InputMoments> of(Node node, Shape weights) {
    Optional<Operand> operand =
        switch (node.opType()) {
          case "Conv" -> patches(node, weights);
          case "Gemm" ->
              node.intAttribute("transA", 0) == 0 && node.floatAttribute("alpha", 1) == 1
                  ? rows(node, weights)
                  : Optional.empty();
          case "MatMul" -> rows(node, weights);
          default -> Optional.empty();
        };
    return operand.filter(o -> o.weightsPerChannel() <= LARGEST_K).map(InputMoments::new);
  }

  private static Optional<Operand> rows(Node node, Shape weights) {
    return WeightLayout.of(node, weights)
        .map(layout -> new Operand.Rows(Math.toIntExact(layout.inputChannels())));
  }

  private static Optional<Operand> patches(Node node, Shape weights) {
    if (weights.rank() != 4) {
      return Optional.empty();
    }
    return Optional.of(
        new Operand.Patches(
            Math.toIntExact(node.intAttribute("group", 1)),
            (int) weights.size(1),
            SlidingWindow.of(node, weights.size(2), weights.size(3))));
  }

  /// @param input what the layer reads, finite
  void add(Tensor input) {
    float[] values = input.toFloats();
    switch (operand) {
      case Operand.Rows(int k) -> {
        int rows = values.length / k;
        int chosen = Math.min(rows, POSITIONS_PER_SAMPLE);
        float[] drawn = new float[chosen * k];
        for (int i = 0; i < chosen; i++) {
          int row = chosen == rows ? i : random.nextInt(rows);
          System.arraycopy(values, row * k, drawn, i * k, k);
        }
        accumulate(0, drawn, chosen, k);
        positions += chosen;
      }
      case Operand.Patches patches -> addPatches(patches, values, input.shape());
    }
  }

  private void addPatches(Operand.Patches patches, float[] values, Shape shape) {
    WindowAxis vertical = patches.window.axis(0);
    WindowAxis horizontal = patches.window.axis(1);
    int rows = (int) vertical.outputs(shape.size(2));
    int columns = (int) horizontal.outputs(shape.size(3));
    int total = (int) shape.size(0) * rows * columns;
    int chosen = Math.min(total, POSITIONS_PER_SAMPLE);
    int[] drawnPositions =
        chosen == total
            ? IntStream.range(0, total).toArray()
            : random.ints(chosen, 0, total).toArray();
    int k = patches.weightsPerChannel();
    Patch patch =
        new Patch(
            patches.window,
            patches.channelsPerGroup,
            Math.toIntExact(shape.size(2)),
            Math.toIntExact(shape.size(3)));
    int inputSize = Math.toIntExact(shape.elements() / shape.size(0) / patches.groups);
    for (int g = 0; g < patches.groups; g++) {
      float[] drawn = new float[chosen * k];
      for (int i = 0; i < chosen; i++) {
        int image = drawnPositions[i] / (rows * columns);
        int row = drawnPositions[i] / columns % rows;
        int column = drawnPositions[i] % columns;
        int from = (image * patches.groups + g) * inputSize;
        patch.copy(values, from, row, column, drawn, i * k);
      }
      accumulate(g, drawn, chosen, k);
    }
    positions += chosen;
  }

  private void accumulate(int group, float[] rows, int count, int k) {
    INDArray matrix = Nd4j.createFromArray(rows).reshape(count, k);
    sums[group].addi(matrix.transpose().mmul(matrix));
  }

  int groups() {
    return sums.length;
  }

  int weightsPerChannel() {
    return operand.weightsPerChannel();
  }

  /// `[K, K]`, symmetric.
  INDArray mean(int group) {
    return sums[group].div(Math.max(1, positions));
  }
}
