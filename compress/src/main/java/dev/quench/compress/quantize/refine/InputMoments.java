// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.refine;

import dev.quench.graph.Node;
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

  private final Window window;
  private final INDArray[] sums;
  private final SplittableRandom random = new SplittableRandom(1);
  private long positions;

  /// How a layer reads its input.
  private sealed interface Window {
    int groups();

    int weightsPerChannel();

    /// `Gemm` and `MatMul`: rows of the last axis.
    record Rows(int weightsPerChannel) implements Window {
      @Override
      public int groups() {
        return 1;
      }
    }

    /// `Conv` of two dimensions.
    record Patches(int groups, int channelsPerGroup, Side height, Side width) implements Window {
      @Override
      public int weightsPerChannel() {
        return channelsPerGroup * height.kernel * width.kernel;
      }
    }
  }

  /// One spatial dimension of a convolution.
  private record Side(int kernel, int stride, int dilation, int padBefore, int padAfter) {
    int outputSize(int size) {
      int reach = (kernel - 1) * dilation + 1;
      return (size + padBefore + padAfter - reach) / stride + 1;
    }

    int inputIndex(int output, int tap) {
      return output * stride - padBefore + tap * dilation;
    }
  }

  private InputMoments(Window window) {
    this.window = window;
    this.sums = new INDArray[window.groups()];
    int k = window.weightsPerChannel();
    for (int g = 0; g < sums.length; g++) {
      sums[g] = Nd4j.zeros(DataType.FLOAT, k, k);
    }
  }

  /// @return empty where the layer is of a kind that is not handled: other dimensions than two,
  ///   automatic padding, a transposed convolution, more than 4608 weights a channel
  static Optional<InputMoments> of(Node node, Shape weights) {
    Optional<Window> window =
        switch (node.opType()) {
          case "Conv" -> patches(node, weights);
          case "Gemm" ->
              node.intAttribute("transA", 0) == 0 && node.floatAttribute("alpha", 1) == 1
                  ? Optional.of(
                      new Window.Rows(
                          (int) weights.size(node.intAttribute("transB", 0) == 0 ? 0 : 1)))
                  : Optional.empty();
          case "MatMul" -> Optional.of(new Window.Rows((int) weights.size(0)));
          default -> Optional.empty();
        };
    return window.filter(w -> w.weightsPerChannel() <= LARGEST_K).map(InputMoments::new);
  }

  private static Optional<Window> patches(Node node, Shape weights) {
    if (weights.rank() != 4 || !node.textAttribute("auto_pad", "NOTSET").equals("NOTSET")) {
      return Optional.empty();
    }
    return Optional.of(
        new Window.Patches(
            Math.toIntExact(node.intAttribute("group", 1)),
            (int) weights.size(1),
            side(node, weights, 0),
            side(node, weights, 1)));
  }

  private static Side side(Node node, Shape weights, int index) {
    return new Side(
        (int) weights.size(2 + index),
        size(node, "strides", index, 1),
        size(node, "dilations", index, 1),
        size(node, "pads", index, 0),
        size(node, "pads", index + 2, 0));
  }

  private static int size(Node node, String attribute, int index, int whenAbsent) {
    return node.intsAttribute(attribute)
        .map(sizes -> Math.toIntExact(sizes[index]))
        .orElse(whenAbsent);
  }

  /// @param input what the layer reads, finite
  void add(Tensor input) {
    float[] values = input.toFloats();
    switch (window) {
      case Window.Rows(int k) -> {
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
      case Window.Patches patches -> addPatches(patches, values, input.shape());
    }
  }

  private void addPatches(Window.Patches patches, float[] values, Shape shape) {
    int rows = patches.height.outputSize((int) shape.size(2));
    int columns = patches.width.outputSize((int) shape.size(3));
    int total = (int) shape.size(0) * rows * columns;
    int chosen = Math.min(total, POSITIONS_PER_SAMPLE);
    int[] drawnPositions =
        chosen == total
            ? IntStream.range(0, total).toArray()
            : random.ints(chosen, 0, total).toArray();
    int k = patches.weightsPerChannel();
    int inputSize = Math.toIntExact(shape.elements() / shape.size(0) / patches.groups);
    for (int g = 0; g < patches.groups; g++) {
      float[] drawn = new float[chosen * k];
      for (int i = 0; i < chosen; i++) {
        int image = drawnPositions[i] / (rows * columns);
        int row = drawnPositions[i] / columns % rows;
        int column = drawnPositions[i] % columns;
        int from = (image * patches.groups + g) * inputSize;
        int to = i * k;
        for (int c = 0; c < patches.channelsPerGroup; c++) {
          for (int y = 0; y < patches.height.kernel; y++) {
            for (int x = 0; x < patches.width.kernel; x++, to++) {
              int h = patches.height.inputIndex(row, y);
              int w = patches.width.inputIndex(column, x);
              if (h >= 0 && h < shape.size(2) && w >= 0 && w < shape.size(3)) {
                drawn[to] = values[from + (c * (int) shape.size(2) + h) * (int) shape.size(3) + w];
              }
            }
          }
        }
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
    return window.weightsPerChannel();
  }

  /// `[K, K]`, symmetric.
  INDArray mean(int group) {
    return sums[group].div(Math.max(1, positions));
  }
}
