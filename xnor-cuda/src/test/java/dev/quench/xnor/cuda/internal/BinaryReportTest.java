// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.cuda.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryReportTest {
  private static final Map<String, String> HERE = Map.of("gpu", "one", "driverCuda", "13.0");

  @TempDir Path folder;

  @BeforeEach
  void measureOnePart() {
    BinaryReport report = BinaryReport.in(folder, false);
    report.measureWith(HERE);
    report.begin(BinaryPart.LIMIT);
    report.end(BinaryPart.LIMIT, BinaryReport.DONE, "", 1);
  }

  @Test
  void aLaterProcessGoesOnWithWhatIsThere() {
    BinaryReport later = BinaryReport.in(folder, false);
    later.measureWith(HERE);
    later.begin(BinaryPart.SQUARE);
    BinaryReport last = BinaryReport.in(folder, false);
    assertThat(last.status(BinaryPart.LIMIT)).isEqualTo("done");
    assertThat(last.status(BinaryPart.SQUARE)).isEqualTo("running");
    assertThat(last.status(BinaryPart.PERCEPTRON)).isEqualTo("not run");
  }

  @Test
  void figuresOfAnotherDriverAreForgotten() {
    BinaryReport later = BinaryReport.in(folder, false);
    later.measureWith(Map.of("gpu", "one", "driverCuda", "13.1"));
    assertThat(later.status(BinaryPart.LIMIT)).isEqualTo("not run");
  }

  @Test
  void aBrokenFileIsReplaced() throws Exception {
    Files.writeString(folder.resolve("gpu-binary.json"), "{\"step\":");
    assertThat(BinaryReport.in(folder, false).status(BinaryPart.LIMIT)).isEqualTo("not run");
  }

  @Test
  void aRehearsalLeavesTheFiguresAlone() {
    BinaryReport rehearsal = BinaryReport.in(folder, true);
    rehearsal.begin(BinaryPart.LIMIT);
    assertThat(BinaryReport.in(folder, false).status(BinaryPart.LIMIT)).isEqualTo("done");
  }
}
