// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.option;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quench.data.source.DataSource;
import dev.quench.tensor.Shape;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataSpecTest {
  @Test
  void readsEveryKind() {
    assertThat(DataSpec.parse("demo")).isEqualTo(new DataSpec.Demo(false));
    assertThat(DataSpec.parse("demo-train")).isEqualTo(new DataSpec.Demo(true));
    assertThat(DataSpec.parse("idx:some/folder"))
        .isEqualTo(new DataSpec.Stored(new DataSource.Idx(Path.of("some/folder"))));
    assertThat(DataSpec.parse("npy:a=x.npy,b=y=z.npy"))
        .isEqualTo(
            new DataSpec.Stored(
                new DataSource.Npy(Map.of("a", Path.of("x.npy"), "b", Path.of("y=z.npy")))));
    assertThat(DataSpec.parse("random:8x1x28x28"))
        .isEqualTo(new DataSpec.Noise(Map.of("", Shape.of(8, 1, 28, 28))));
    assertThat(DataSpec.parse("random:ids=2x7,mask=2x7"))
        .isEqualTo(new DataSpec.Noise(Map.of("ids", Shape.of(2, 7), "mask", Shape.of(2, 7))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cifar100:dir",
        "images:",
        "demo:x",
        "idx:",
        "npy:",
        "npy:=f",
        "npy:a=",
        "npy:a=f,a=g",
        "random:",
        "random:0x3",
        "random:3x-1",
        "random:9999999999x9999999999",
        "random:a=2,a=3",
        "idx:\0"
      })
  void refusesEverythingElse(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> DataSpec.parse(text));
  }

  @Test
  void listsWhatThereIs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DataSpec.parse("cifar100:dir"))
        .withMessage("data 'cifar100:dir' is not known; expected " + DataSpec.KNOWN);
  }
}
