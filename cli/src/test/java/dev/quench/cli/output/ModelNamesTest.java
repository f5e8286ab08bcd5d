// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ModelNamesTest {
  private static List<String> names(String... files) {
    return ModelNames.of(Stream.of(files).map(Path::of).toList());
  }

  @Test
  void differentFilesKeepTheirNames() {
    assertThat(names("a/nin.onnx", "b/vgg.onnx", "b/vgg.engine"))
        .containsExactly("nin", "vgg", "vgg.engine");
  }

  @Test
  void filesOfOneNameHaveTheShortestPathThatTellsThemApart() {
    assertThat(names("a/model.onnx", "b/model.onnx", "c.onnx"))
        .containsExactly("a/model", "b/model", "c");
    assertThat(names("x/a/model.onnx", "y/a/model.onnx", "y/b/model.onnx"))
        .containsExactly("x/a/model", "y/a/model", "b/model");
  }

  @Test
  void aFileNamedTwiceIsItself() {
    assertThat(names("a/model.onnx", "./a/model.onnx")).containsExactly("model", "model");
  }

  @Test
  void titlesListTheFirst() {
    assertThat(ModelNames.listed(List.of("a", "b", "c"))).isEqualTo("a, b, c");
    assertThat(ModelNames.listed(List.of("a", "b", "c", "d", "e"))).isEqualTo("a, b, c and 2 more");
  }
}
