// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WarmUpTest {
  static Stream<WarmUp.Kind> kinds() {
    Stream<WarmUp.Kind> tiles =
        IntStream.range(0, 16)
            .mapToObj(
                i -> new WarmUp.Kind.Tile((i & 8) != 0, (i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
    Stream<WarmUp.Kind> elementwise =
        Stream.of(ChannelFunction.Operator.values()).map(WarmUp.Kind.Elementwise::new);
    Stream<WarmUp.Kind> packing = Stream.of(new WarmUp.Kind.PackNhwc(), new WarmUp.Kind.PackNchw());
    return Stream.of(tiles, elementwise, packing).flatMap(kinds -> kinds);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyKindOfWorkGetsCompiled(WarmUp.Kind kind) throws ReflectiveOperationException {
    assumeTrue(Kernels.chosen().description().startsWith("Vector API"));
    WarmUp warmUp = new WarmUp(Kernels.vector(), Kernels.scalar(), kind);
    assertThat(warmUp.compile(Duration.ofMinutes(2))).isTrue();
  }

  @Test
  void allocationsAreCountedWhereTestsRun() {
    assertThat(WarmUp.isPossible()).isTrue();
  }
}
