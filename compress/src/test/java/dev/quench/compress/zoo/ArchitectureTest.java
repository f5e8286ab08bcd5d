// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.quench.compress.Equivalence;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ArchitectureTest {
  @ParameterizedTest
  @EnumSource(value = Architecture.class, mode = EnumSource.Mode.EXCLUDE, names = "CSP_DETECTOR")
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
    NetworkOptions options = NetworkOptions.MNIST.withInput(1, 32, 32).withWidthMultiplier(0.05);

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

  /// Figures: torchvision, resnet50 and mobilenet_v2; pytorch-cifar, ResNet18; Ultralytics, yolov5n
  /// 6.0, whose products are published with two digits.
  @ParameterizedTest
  @CsvSource({
    "resnet50, 1, 1000, 224, 25_557_032, 4_089_184_256, 0.1",
    "resnet18, 1, 10, 32, 11_173_962, 555_422_720, 0.1",
    "mobilenet-v2, 1, 1000, 224, 3_504_872, 300_774_272, 0.1",
    "csp-detector, 0.5, 80, 640, 1_872_157, 2_250_000_000, 1"
  })
  void haveThePublishedParametersAndProducts(
      String name,
      double width,
      int classes,
      int side,
      String parameters,
      String macs,
      double percent) {
    ModelCost cost =
        ModelCost.of(
            Architecture.named(name)
                .build(
                    NetworkOptions.CIFAR
                        .withClasses(classes)
                        .withInput(3, side, side)
                        .withWidthMultiplier(width)));

    assertThat(cost.parameters()).isEqualTo(number(parameters));
    assertThat(cost.macs()).isCloseTo(number(macs), withinPercentage(percent));
    assertThat(cost.uncounted()).isEmpty();
  }

  private static long number(String text) {
    return Long.parseLong(text.replace("_", ""));
  }

  @Test
  void theDetectorGivesRawBoxesAtThreeStrides() {
    Model model =
        Architecture.CSP_DETECTOR.build(
            NetworkOptions.CIFAR.withClasses(7).withInput(2, 96, 64).withWidthMultiplier(0.1));

    Map<String, Tensor> boxes = Equivalence.run(model, Equivalence.randomInputs(model, 1));

    assertThat(boxes.get("boxes8").shape()).isEqualTo(Shape.of(2, 36, 12, 8));
    assertThat(boxes.get("boxes16").shape()).isEqualTo(Shape.of(2, 36, 6, 4));
    assertThat(boxes.get("boxes32").shape()).isEqualTo(Shape.of(2, 36, 3, 2));
    assertThat(Architecture.CSP_DETECTOR.isClassifier()).isFalse();
  }

  @Test
  void theDetectorRefusesSidesThatItsNeckCannotDouble() {
    assertThatThrownBy(() -> Architecture.CSP_DETECTOR.build(NetworkOptions.MNIST))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiples of 32, got 28 x 28");
  }

  /// All tensors of the untrained network, for images of unit variance.
  @ParameterizedTest
  @CsvSource({"resnet50, 0.25", "mobilenet-v2, 0.5", "csp-detector, 0.5"})
  void initialWeightsKeepActivationsInRange(String name, double width) {
    Model model =
        Architecture.named(name)
            .build(
                NetworkOptions.CIFAR.withInput(3, 96, 96).withWidthMultiplier(width).withSeed(3));
    model.graph().nodes().stream()
        .map(node -> node.output(0))
        .filter(value -> !value.isGraphOutput())
        .toList()
        .forEach(model.graph()::addOutput);

    Map<String, Tensor> all = Equivalence.run(model, Equivalence.randomInputs(model, 1));

    assertThat(all).hasSizeGreaterThan(100);
    all.forEach(
        (tensor, values) -> assertThat(rootMeanSquare(values)).as(tensor).isBetween(0.1, 30.0));
  }

  private static double rootMeanSquare(Tensor tensor) {
    double sum = 0;
    for (float value : tensor.toFloats()) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum / tensor.elements());
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
