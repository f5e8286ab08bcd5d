// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void scalesByThousands() {
    assertThat(Text.bytes(999)).isEqualTo("999 B");
    assertThat(Text.bytes(683_549)).isEqualTo("683.5 kB");
    assertThat(Text.bytes(12_345_678_901L)).isEqualTo("12.35 GB");
    assertThat(Text.count(9_999)).isEqualTo("9999");
    assertThat(Text.count(123_456_789)).isEqualTo("123.5 M");
  }

  @Test
  void alignsColumns() {
    assertThat(Text.table(1, List.of(List.of("a", "1"), List.of("bcd", "10"))))
        .containsExactly("a     1", "bcd  10");
  }

  @Test
  void escapesWhatATerminalWouldObey() {
    assertThat(Text.printable("two\nlines \u001b[2J")).isEqualTo("two\nlines \\u{1b}[2J");
  }

  @Test
  void dropsFolderAndEnding() {
    assertThat(Text.stem(Path.of("a/b/model.int8.onnx"))).isEqualTo("model.int8");
  }
}
