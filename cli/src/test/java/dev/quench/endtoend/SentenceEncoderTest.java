// SPDX-License-Identifier: Apache-2.0
package dev.quench.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quench.endtoend.Int8Recipe.Quantized;
import dev.quench.report.EvaluationReport;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// all-MiniLM-L6-v2 in INT8, calibrated on some sentences and judged on others: the bar of
/// [RealModelsReport], on fewer of them. Its 90 MB are on the class path with the profile
/// `real-models` only.
class SentenceEncoderTest {
  private static final String SKIPPED =
      "all-MiniLM-L6-v2 is not on the class path; run: mvn -Preal-models -pl cli -am test -Dtest=SentenceEncoderTest";

  @Test
  void keepsItsEmbeddings() throws IOException {
    RealNetwork encoder = present(RealNetwork.sentenceEncoder());
    Quantized quantized = encoder.recipe().quantize(encoder, 32);
    assertThat(quantized.sensitivity().reached()).as("goal reached").isTrue();
    assertThat(quantized.report().layers()).as("layers in INT8").hasSizeGreaterThan(15);
    EvaluationReport report = encoder.evaluate(quantized.model(), encoder.evaluation(100));
    Map<String, Double> scores = report.results().get(1).scores();
    assertThat(scores.get("embeddingCosineMin")).as(report::toTable).isGreaterThanOrEqualTo(0.98);
  }

  @Test
  void splitsTextIntoItsTokens() throws IOException {
    WordPiece tokenizer = present(RealNetwork.tokenizer());
    assertThat(tokenizer.encode("Hello world!")).containsExactly(101L, 7592L, 2088L, 999L, 102L);
    assertThat(tokenizer.encode("unaffable")).containsExactly(101L, 14477L, 20961L, 3468L, 102L);
  }

  private static <T> T present(Optional<T> found) {
    if (found.isEmpty()) {
      System.err.println("SKIPPED: " + SKIPPED);
    }
    assumeTrue(found.isPresent(), SKIPPED);
    return found.orElseThrow();
  }
}
