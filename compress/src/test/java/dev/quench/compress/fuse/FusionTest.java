// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.fuse;

import static dev.quench.compress.Equivalence.BACKEND;
import static dev.quench.compress.Equivalence.TOLERANCE;
import static dev.quench.compress.Equivalence.assertClose;
import static dev.quench.compress.Equivalence.opTypes;
import static dev.quench.compress.Equivalence.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.compress.RealModels;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FusionTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ch_ppocr_mobile_v2.0_cls_infer.onnx",
        "ch_PP-OCRv3_det_infer.onnx",
        "ch_PP-OCRv3_rec_infer.onnx",
        "ch_PP-OCRv4_det_infer.onnx",
        "ch_PP-OCRv4_rec_infer.onnx"
      })
  void agreesOnTextRecognition(String file) throws IOException {
    Model model = RealModels.ppOcr(file);
    Map<String, Tensor> input = RealModels.ppOcrInput(file);
    Map<String, Tensor> before = run(model, input);
    int nodes = model.graph().nodes().size();

    Fusion.standard(BACKEND).apply(model);

    assertThat(Arrays.stream(before.values().iterator().next().toDoubles()).max().orElseThrow())
        .as("something is found")
        .isGreaterThan(0.3);
    assertThat(model.graph().nodes()).hasSizeLessThan(nodes);
    assertThat(foldable(model)).isEmpty();
    assertClose(before, run(model, input), TOLERANCE);
    assertThat(Fusion.standard(BACKEND).apply(model)).isEmpty();
  }

  @Test
  void textDetectionOfVersion3StartsWith49Normalizations() throws IOException {
    Model model = RealModels.ppOcr("ch_PP-OCRv3_det_infer.onnx");

    assertThat(opTypes(model)).filteredOn("BatchNormalization"::equals).hasSize(49);
  }

  @Test
  void leavesNoNormalizationInNetworkInNetwork() throws IOException {
    Model model = RealModels.networkInNetwork();
    Map<String, Tensor> input = Map.of("image", RealModels.fashionImages(0, 16));
    Map<String, Tensor> before = run(model, input);

    Fusion.standard(BACKEND).apply(model);

    assertThat(opTypes(model)).doesNotContain("BatchNormalization");
    assertClose(before, run(model, input), TOLERANCE);
    assertThat(Fusion.standard(BACKEND).apply(model)).isEmpty();
  }

  /// Normalizations right after a layer with constant weights that nobody else reads.
  private static List<Node> foldable(Model model) {
    return model.graph().nodes().stream()
        .filter(node -> node.is("BatchNormalization"))
        .filter(node -> node.input(0).hasSingleUse())
        .filter(node ->
            node.input(0)
                .producer()
                .filter(p ->
                    List.of("Conv", "ConvTranspose", "Gemm").contains(p.opType())
                        && p.input(1).constant().isPresent())
                .isPresent())
        .toList();
  }
}
