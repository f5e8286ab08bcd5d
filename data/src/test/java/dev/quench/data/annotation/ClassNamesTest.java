// SPDX-License-Identifier: Apache-2.0
package dev.quench.data.annotation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.dataset.DataException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassNamesTest {
  @TempDir private Path folder;

  @Test
  void everySetHasDistinctNames() {
    for (String set : ClassNames.sets()) {
      assertThat(ClassNames.ofSet(set).orElseThrow())
          .as(set)
          .doesNotHaveDuplicates()
          .doesNotContain("");
    }
  }

  @Test
  void setsHaveTheirPublishedSizes() {
    assertThat(ClassNames.ofSet("coco").orElseThrow()).hasSize(80).startsWith("person");
    assertThat(ClassNames.ofSet("voc").orElseThrow()).hasSize(21).endsWith("tvmonitor");
    assertThat(ClassNames.ofSet("cityscapes").orElseThrow()).hasSize(19);
    assertThat(ClassNames.ofSet("fashion-mnist").orElseThrow()).hasSize(10);
    assertThat(ClassNames.ofSet("../coco")).isEmpty();
  }

  @Test
  void readsOneNameALine() throws IOException {
    Path file = Files.writeString(folder.resolve("names.txt"), " cat \r\ndog\n\n");
    assertThat(ClassNames.read(file)).containsExactly("cat", "dog");
  }

  @Test
  void refusesAGapThatWouldShiftNames() throws IOException {
    Path file = Files.writeString(folder.resolve("names.txt"), "cat\n\ndog\n");
    assertThatThrownBy(() -> ClassNames.read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("line 2: empty, expected the name of class 1");
  }
}
