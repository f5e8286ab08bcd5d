// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.binary.cost;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.graph.shape.ShapeInference;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class BinaryCostTest {
  private static final byte[] KERNEL = {1, 1, -1, 1};
  private static final byte[] NEGATIVE = {-1, -1, 1, -1};
  private static final byte[] OTHER = {1, 1, 1, 1};

  @Test
  void aKernelAndItsNegativeOnTheSameInputCountOnce() {
    // Filters in rows, inputs in columns: (K, O), (-K, O), (O, K), (K, -K).
    byte[] weights = joined(KERNEL, OTHER, NEGATIVE, OTHER, OTHER, KERNEL, KERNEL, NEGATIVE);
    KernelRepetition repetition = KernelRepetition.of(weights, 4, 2, 1);

    // Input 0: K, -K, O, K; input 1: O, O, K, -K.
    assertThat(repetition).isEqualTo(new KernelRepetition(8, 6, 4));
    assertThat(repetition.share()).isEqualTo(0.5);
    assertThat(repetition.reduction()).isEqualTo(2);
  }

  @Test
  void filtersOfDifferentGroupsDoNotShareKernels() {
    byte[] weights = joined(KERNEL, KERNEL, KERNEL, NEGATIVE);

    assertThat(KernelRepetition.of(weights, 4, 1, 1)).isEqualTo(new KernelRepetition(4, 2, 1));
    assertThat(KernelRepetition.of(weights, 4, 1, 2)).isEqualTo(new KernelRepetition(4, 3, 2));
    assertThat(KernelRepetition.of(weights, 4, 1, 4)).isEqualTo(new KernelRepetition(4, 4, 4));
  }

  @Test
  void countsOperationsAndAccessesOfALayerThatReadsSigns() {
    BinaryLayerCost layer = cost(true, ones(64, 32, 3, 3)).layers().getFirst();

    long weights = 64 * 32 * 9;
    long macs = weights * 6 * 6;
    long values = 32 * 8 * 8 + 64 * 6 * 6;
    assertThat(layer.weights()).isEqualTo(weights);
    assertThat(layer.macs()).isEqualTo(macs);
    assertThat(layer.values()).isEqualTo(values);
    assertThat(layer.signs()).isTrue();
    assertThat(layer.accesses()).isEqualTo((weights + values) / 64);
    assertThat(layer.floatAccesses()).isEqualTo((weights + values) / 2);
    assertThat(layer.arithmetic()).isCloseTo(macs / 32.0 * 0.3, Offset.offset(1e-6));
    assertThat(layer.floatArithmetic()).isCloseTo(macs * 4.6, Offset.offset(1e-6));
    // 2.8 kB of bits fit the first memory of the table, 91 kB of floats the third.
    assertThat(layer.memory()).isEqualTo(layer.accesses() * 10);
    assertThat(layer.floatMemory()).isEqualTo(layer.floatAccesses() * 100);
  }

  @Test
  void aLayerThatReadsFloatsAddsInFloat() {
    BinaryLayerCost layer = cost(false, ones(64, 32, 3, 3)).layers().getFirst();

    assertThat(layer.signs()).isFalse();
    assertThat(layer.arithmetic()).isCloseTo(layer.macs() * 0.9, Offset.offset(1e-6));
    assertThat(layer.accesses())
        .isEqualTo(Math.ceilDiv(layer.weights() + 32 * layer.values(), 64L));
  }

  @Test
  void floatLayersAreLeftOut() {
    GraphMaker f = new GraphMaker(17);
    Value x = f.add("Conv", "c", f.input("x", 1, 4, 4, 4), f.weights("w", 4, 4, 1, 1));
    Model model = f.outputs(x).model();

    assertThat(BinaryCost.of(model, ModelCost.of(model)).layers()).isEmpty();
  }

  private static BinaryCost cost(boolean signs, Tensor weights) {
    GraphMaker f = new GraphMaker(17);
    Value x = f.input("x", 1, 32, 8, 8);
    Value data = signs ? SignPattern.append(x.graph(), "sign", x) : x;
    Model model =
        f.outputs(f.add(NodeBuilder.of("Conv"), "layer", data, f.constant("w", weights))).model();
    ShapeInference.infer(model);
    return BinaryCost.of(model, ModelCost.of(model));
  }

  private static Tensor ones(long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 3 == 0 ? 1 : -1;
    }
    return Tensor.ofFloats(shape, values);
  }

  private static byte[] joined(byte[]... kernels) {
    byte[] weights = new byte[kernels.length * KERNEL.length];
    for (int i = 0; i < kernels.length; i++) {
      System.arraycopy(kernels[i], 0, weights, i * KERNEL.length, KERNEL.length);
    }
    return weights;
  }
}
