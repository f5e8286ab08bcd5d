// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ArchitectureTest {
  @ParameterizedTest
  @EnumSource(Architecture.class)
  void givesLogitsOfEachClassFromImagesOfAnySize(Architecture architecture) {
    Model model =
        architecture.build(
            NetworkOptions.CIFAR.withClasses(7).withInput(2, 24, 20).withWidthMultiplier(0.1));

    Tensor logits = Equivalence.run(model, Equivalence.randomInputs(model, 1)).get("logits");

    assertThat(logits).isNotNull();
    assertThat(logits.shape()).isEqualTo(Shape.of(2, 7));
    assertThat(Architecture.named(architecture.commandName())).isEqualTo(architecture);
  }

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void oneSeedGivesTheSameWeights(Architecture architecture) {
    NetworkOptions options = NetworkOptions.MNIST.withWidthMultiplier(0.05);

    List<float[]> first = kernels(architecture.build(options));
    List<float[]> again = kernels(architecture.build(options));
    List<float[]> other = kernels(architecture.build(options.withSeed(2)));

    for (int i = 0; i < first.size(); i++) {
      assertThat(again.get(i)).containsExactly(first.get(i));
      assertThat(other.get(i)).isNotEqualTo(first.get(i));
    }
  }

  @Test
  void haveThePublishedNumbersOfWeights() {
    // With a 5 x 5 fourth convolution it would be 965,568.
    assertThat(weights(Architecture.NIN)).isEqualTo(965_568 - 192 * 96 * 16);
    assertThat(weights(Architecture.NIN_GC)).isEqualTo(578_304);
    assertThat(weights(Architecture.VGG_SMALL))
        .isEqualTo(9 * (3 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256) + 256 * 10);
    assertThat(weights(Architecture.BINARYNET_CONV)).isEqualTo(14_022_016);
  }

  @Test
  void refusesImagesThatAreTooSmall() {
    assertThatThrownBy(() -> Architecture.LENET.build(NetworkOptions.MNIST.withInput(1, 1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layer 'pool1' gets 1 rows or columns and needs 2");
  }

  @Test
  void saysWhatThereIsWhenANameIsWrong() {
    assertThatThrownBy(() -> Architecture.named("vgg"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lenet, nin, nin-gc, vgg-small, resnet18, resnet20, binarynet-mlp");
  }

  private static long weights(Architecture architecture) {
    return kernels(architecture.build(NetworkOptions.CIFAR)).stream()
        .mapToLong(kernel -> kernel.length)
        .sum();
  }

  private static List<float[]> kernels(Model model) {
    return model.graph().nodes().stream()
        .filter(node -> node.is("Conv") || node.is("Gemm"))
        .map(ArchitectureTest::kernel)
        .toList();
  }

  private static float[] kernel(Node node) {
    return node.input(1).constant().orElseThrow().toFloats();
  }
}
