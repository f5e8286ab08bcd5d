// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.quantize.onnxruntime;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.randomInputs;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.quantize.Sensitivity;
import dev.quench.compress.quantize.SensitivitySearch;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.AsymmetricRange;
import dev.quench.run.QuantizationRanges;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class OnnxRuntimeSchemeTest {
  private static final OnnxRuntimeScheme SCHEME = new OnnxRuntimeScheme(OnnxRuntimeOptions.DEFAULT);

  private static Model model() {
    GraphMaker fixture = new GraphMaker(17);
    Value first =
        fixture.add(
            "Conv", "first", fixture.input("x", 2, 8, 6, 6), fixture.weights("a", 16, 8, 3, 3));
    Value relu = fixture.add("Relu", "relu", first);
    fixture.outputs(
        fixture.add("Conv", "second", relu, fixture.weights("b", 8, 16, 3, 3)),
        fixture.add("Conv", "third", relu, fixture.weights("c", 8, 16, 1, 1)));
    return fixture.model();
  }

  private static List<String> integerLayers(Model model) {
    return model.graph().nodes().stream()
        .filter(node -> node.is("Conv"))
        .filter(node ->
            node.input(1).producer().filter(each -> each.is("DequantizeLinear")).isPresent())
        .map(Node::name)
        .toList();
  }

  @Test
  void namesTheTensorsThatLayersRead() {
    assertThat(SCHEME.activations(model()))
        .isEqualTo(Map.of("x", List.of("first"), "relu", List.of("second", "third")));
  }

  @Test
  void oneTensorAloneTakesItsReadersAlone() {
    Model model = model();
    QuantizationRanges ranges = ObservedRanges.on(model, randomInputs(model, 3));

    SCHEME.quantizeAlone(model, ranges, "relu");

    assertThat(integerLayers(model)).containsExactly("second", "third");
  }

  @Test
  void theSearchLeavesFloatWhatSpoilsTheOutputs() {
    Model model = model();
    Map<String, Tensor> inputs = randomInputs(model, 3);
    ObservedRanges good = ObservedRanges.on(model, inputs);
    QuantizationRanges spoilt =
        new QuantizationRanges() {
          @Override
          public OptionalDouble threshold(String tensor) {
            return good.threshold(tensor);
          }

          @Override
          public Optional<AsymmetricRange> asymmetric(String tensor) {
            return tensor.equals("x")
                ? Optional.of(new AsymmetricRange(-0.05, 0.05))
                : good.asymmetric(tensor);
          }
        };

    Sensitivity found =
        SensitivitySearch.using(BACKEND)
            .scheme(SCHEME)
            .search(model, spoilt, List.of(inputs), 0.98);

    assertThat(found.reached()).isTrue();
    assertThat(found.ranking().getFirst().tensor()).isEqualTo("x");
    Model quantized = model.copy();
    SCHEME.quantize(quantized, spoilt, found.excludedNodes());
    assertThat(integerLayers(quantized)).containsExactly("second", "third");
  }
}
