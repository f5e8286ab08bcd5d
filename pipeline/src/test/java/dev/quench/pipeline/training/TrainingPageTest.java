// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.ValueHistogram;
import dev.quench.compress.train.run.WeightProfile;
import dev.quench.report.Axis;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class TrainingPageTest {
  @Test
  void drawsACurveForEachFigureThatExists() {
    String page = page(epochs(5, true), OptionalInt.of(3)).toHtml();

    assertThat(page)
        .contains("Loss by epoch", "Accuracy, % by epoch", "Learning rate by epoch")
        .contains("Sparsity, % by epoch", "Scales γ of BatchNormalization by epoch")
        .doesNotContain("Latent weights by epoch")
        .contains("kept: epoch 3")
        .contains("<tr class=\"best\"><td>3</td>");
  }

  @Test
  void leavesOutWhatWasNotMeasured() {
    String page = page(epochs(2, false), OptionalInt.empty()).toHtml();

    assertThat(page)
        .doesNotContain(">validation</span>")
        .doesNotContain("NaN")
        .contains("<td>–</td>");
  }

  @Test
  void loadsNothingFromElsewhere() {
    assertThat(page(epochs(3, true), OptionalInt.of(1)).toHtml())
        .doesNotContain("http:", "https:", "src=", "@import", "<script");
  }

  @Test
  void escapesForeignText() {
    TrainingPage page =
        new TrainingPage(
            "<b>", "a & b", epochs(1, false), OptionalInt.empty(), Map.of("<i>", "\"x\""));

    assertThat(page.toHtml())
        .contains("<h1>&#60;b&#62;</h1>", "a &#38; b", "<td>&#60;i&#62;</td>")
        .doesNotContain("<b>", "<i>");
  }

  @Test
  void drawingsAreWellFormedForOneEpochAndForHundreds() throws Exception {
    for (int count : new int[] {1, 2, 7, 61, 300}) {
      String page = page(epochs(count, true), OptionalInt.of(count)).toHtml();
      int at = 0;
      int drawings = 0;
      while ((at = page.indexOf("<svg", at)) >= 0) {
        int end = page.indexOf("</svg>", at) + "</svg>".length();
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(page.substring(at, end))));
        drawings++;
        at = end;
      }
      assertThat(drawings).isEqualTo(5);
      assertThat(page.length()).isLessThan(600_000);
    }
  }

  @Test
  void needsAnEpoch() {
    assertThatThrownBy(() -> page(List.of(), OptionalInt.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void marksOfAnAxisAreRoundNumbers() {
    Axis axis = Axis.of(0.13, 0.87, 0, 100);

    assertThat(axis.marks().stream().map(axis::label)).containsExactly("0.2", "0.4", "0.6", "0.8");
    assertThat(Axis.of(3, 3, 0, 1).marks()).isNotEmpty();
    assertThat(axis.at(0.13)).isZero();
    assertThat(axis.at(0.87)).isEqualTo(100);
  }

  private static TrainingPage page(List<EpochReport> epochs, OptionalInt kept) {
    return new TrainingPage("Training of a.onnx", "Some lead.", epochs, kept, Map.of("seed", "1"));
  }

  private static List<EpochReport> epochs(int count, boolean validated) {
    List<EpochReport> epochs = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      List<Integer> counts = new ArrayList<>();
      for (int bin = 0; bin < 40; bin++) {
        counts.add((bin * 7 + i) % 11);
      }
      epochs.add(
          new EpochReport(
              i,
              2.0 / i,
              1 - 1.0 / (i + 1),
              validated ? OptionalDouble.of(0.8) : OptionalDouble.empty(),
              validated ? OptionalDouble.of(1.5 / i) : OptionalDouble.empty(),
              0.05 / i,
              new WeightProfile(
                  0.1, 0.2, new ValueHistogram(-1, 1.0 + i, counts), ValueHistogram.EMPTY),
              3));
    }
    return epochs;
  }
}
