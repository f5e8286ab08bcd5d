// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Why sums and poolings stay float.
class LeftFloatTest {
  private final GraphMaker fixture = new GraphMaker();

  private List<QuantizationReport.LeftFloat> leftFloat() {
    return QdqPlacement.of(fixture.model(), QdqOptions.DEFAULT).leftFloat();
  }

  private Value input() {
    return fixture.input("x", 1, 3, 8, 8);
  }

  private Value convolution(String name, Value x) {
    return fixture.add(
        NodeBuilder.of("Conv").ints("pads", 1, 1, 1, 1),
        name,
        x,
        fixture.weights(name + ".w", 32, 3, 3, 3));
  }

  @Test
  void nameAPoolingThatNoLayerReads() {
    Value conv = convolution("last", input());
    fixture.outputs(fixture.add("GlobalAveragePool", "mean", conv));

    assertThat(leftFloat())
        .containsExactly(
            new QuantizationReport.LeftFloat(
                "GlobalAveragePool 'mean'", "no quantized layer reads what it averages"));
  }

  @Test
  void nameASumWhoseInputsOthersReadToo() {
    Value x = input();
    Value left = convolution("left", x);
    Value right = convolution("right", x);
    fixture.outputs(fixture.add("Add", "sum", left, right), left, right);

    assertThat(leftFloat())
        .containsExactly(
            new QuantizationReport.LeftFloat(
                "Add 'sum'", "no quantized layer writes one of its inputs for it alone"));
  }

  @Test
  void nameALayerWhoseBiasIsInfinite() {
    float[] bias = new float[32];
    bias[3] = Float.POSITIVE_INFINITY;
    fixture.outputs(
        fixture.add(
            "Conv",
            "c",
            input(),
            fixture.weights("w", 32, 3, 3, 3),
            fixture.constant("b", Tensor.ofFloats(Shape.of(32), bias))));

    assertThat(leftFloat())
        .containsExactly(
            new QuantizationReport.LeftFloat("Conv 'c'", "its bias contains NaN or infinity"));
  }

  @Test
  void areSilentOnPoolingsOfANetworkWithoutLayers() {
    fixture.outputs(fixture.add("GlobalAveragePool", "mean", input()));

    assertThat(leftFloat()).isEmpty();
  }
}
