// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LineFoldingTest {
  private static final String NOT_RUN =
      "not run: tensorrt: no NVIDIA driver: libcuda.so.1 is not found; install NVIDIA's driver 580 or newer, and in a container start it with --gpus all";

  @Test
  void breaksProseBetweenWordsAndIndentsWhatFollows() {
    String[] lines = LineFolding.fold(NOT_RUN, 80).split("\n");
    assertThat(lines).hasSize(2).allMatch(line -> line.length() <= 80);
    assertThat(lines[1]).startsWith("  driver 580");
    assertThat(String.join(" ", Arrays.stream(lines).map(String::strip).toList()))
        .isEqualTo(NOT_RUN);
  }

  @Test
  void keepsLinesThatFit() {
    String line = "x".repeat(40) + " " + "y".repeat(39);
    assertThat(LineFolding.fold(line, 80)).isEqualTo(line);
    assertThat(LineFolding.fold(line, 79)).isEqualTo("x".repeat(40) + "\n  " + "y".repeat(39));
  }

  @Test
  void goesOnBelowTheLastColumn() {
    assertThat(LineFolding.fold("conv1  patches cost less traffic than the product", 30))
        .isEqualTo("conv1  patches cost less\n       traffic than the\n       product");
  }

  @Test
  void leavesNumbersInColumns() {
    String row = "name".repeat(10) + "   1.882 M  3.838 M    2496  9.984 kB   12.22";
    assertThat(LineFolding.fold(row, 60)).isEqualTo(row);
  }

  @Test
  void keepsAWordThatIsLongerThanTheLine() {
    String path = "/a".repeat(60);
    assertThat(LineFolding.fold("report: " + path, 80)).isEqualTo("report:\n  " + path);
    assertThat(LineFolding.fold(path, 80)).isEqualTo(path);
  }

  @Test
  void foldsEachLineOfAText() {
    assertThat(LineFolding.fold("a b\nc d", 2)).isEqualTo("a\n  b\nc\n  d");
  }
}
