// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.factor.product.ProductQuantization;
import dev.quench.compress.train.quantize.CodebookTraining;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Training a network whose layers are words and codes.
class CodebookTrainingTest {
  @TempDir private Path folder;
  private final Dataset data = TrainingFixtures.bars(256, 3);
  private Model coded;

  @BeforeEach
  void code() throws IOException {
    Model dense =
        new Trainer(TrainingFixtures.options(3), TrainingListener.NONE)
            .train(TrainingFixtures.network(), data)
            .model();
    TrainedModel.lower(dense);
    coded = ProductQuantization.of(dense).operations(0.7).run().model();
    assertThat(layers(coded)).hasSizeGreaterThan(2);
  }

  @Test
  void movesWordsAndLeavesCodesAndTheSizeOfTheFile() throws IOException {
    TrainingResult result =
        new Trainer(TrainingFixtures.options(4), TrainingListener.NONE).train(coded, data);

    List<Node> before = layers(coded);
    List<Node> after = layers(result.model());
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < before.size(); i++) {
      CodebookWeights old = CodebookWeights.of(before.get(i)).orElseThrow();
      CodebookWeights trained = CodebookWeights.of(after.get(i)).orElseThrow();
      assertThat(codes(trained)).isEqualTo(codes(old));
      assertThat(words(trained)).isNotEqualTo(words(old));
    }
    assertThat(written(result.model())).isEqualTo(written(coded));
    double loss = Evaluator.evaluate(result.model(), data, 1).loss();
    assertThat(loss).isLessThan(Evaluator.evaluate(coded, data, 1).loss());
  }

  /// The bytes as written compute what training evaluated with rounded words.
  @Test
  void storesWhatItEvaluated() throws IOException {
    Model open = coded.copy();
    CodebookTraining training = CodebookTraining.begin(open);
    double evaluated = Evaluator.evaluate(open, data, 1).loss();
    training.end();

    assertThat(Evaluator.evaluate(open, data, 1).loss()).isCloseTo(evaluated, within(1e-6));
    for (int i = 0; i < layers(coded).size(); i++) {
      CodebookWeights old = CodebookWeights.of(layers(coded).get(i)).orElseThrow();
      CodebookWeights same = CodebookWeights.of(layers(open).get(i)).orElseThrow();
      assertThat(codes(same)).isEqualTo(codes(old));
      for (int j = 0; j < words(old).size(); j++) {
        assertThat(words(same).get(j)).isCloseTo(words(old).get(j), within(1e-6f));
      }
    }
    assertThat(written(open)).isEqualTo(written(coded));
  }

  private long written(Model model) throws IOException {
    Path file = folder.resolve("model.onnx");
    OnnxWriter.write(model, file);
    return Files.size(file);
  }

  private static List<Node> layers(Model model) {
    return model.graph().nodes().stream()
        .filter(node -> node.is("Conv") || node.is("Gemm") || node.is("MatMul"))
        .filter(node -> CodebookWeights.of(node).isPresent())
        .toList();
  }

  private static List<Integer> codes(CodebookWeights weights) {
    List<Integer> codes = new ArrayList<>();
    for (int o = 0; o < weights.outputs(); o++) {
      for (int t = 0; t < weights.taps(); t++) {
        for (int m = 0; m < weights.pieces(); m++) {
          codes.add(weights.code(o, t, m));
        }
      }
    }
    return codes;
  }

  private static List<Float> words(CodebookWeights weights) {
    List<Float> words = new ArrayList<>();
    for (int m = 0; m < weights.pieces(); m++) {
      for (int k = 0; k < weights.words(); k++) {
        for (int j = 0; j < weights.length(); j++) {
          words.add(weights.word(m, k, j));
        }
      }
    }
    return words;
  }
}
