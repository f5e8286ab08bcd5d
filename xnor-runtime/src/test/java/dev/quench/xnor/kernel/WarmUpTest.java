// SPDX-License-Identifier: Apache-2.0
package dev.quench.xnor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quench.xnor.kernel.compile.WarmUp;
import java.time.Duration;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WarmUpTest {
  static Stream<SyntheticWork.Kind> kinds() {
    Stream<SyntheticWork.Kind> tiles =
        IntStream.range(0, 16)
            .mapToObj(i ->
                new SyntheticWork.Kind.Tile(
                    (i & 8) != 0, (i & 4) != 0, (i & 2) != 0, (i & 1) != 0));
    Stream<SyntheticWork.Kind> elementwise =
        Stream.of(ChannelFunction.Operator.values()).map(SyntheticWork.Kind.Elementwise::new);
    Stream<SyntheticWork.Kind> packing =
        Stream.of(new SyntheticWork.Kind.PackNhwc(), new SyntheticWork.Kind.PackNchw());
    return Stream.of(tiles, elementwise, packing).flatMap(kinds -> kinds);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyKindOfWorkGetsCompiled(SyntheticWork.Kind kind) throws ReflectiveOperationException {
    assumeTrue(Kernels.chosen().description().startsWith("Vector API"));
    Kernel vector = Kernels.vector();
    Kernel scalar = Kernels.scalar();
    SyntheticWork work = new SyntheticWork(kind);
    WarmUp warmUp = new WarmUp(() -> work.run(vector), () -> work.run(scalar));
    assertThat(warmUp.compile(Duration.ofMinutes(2))).isTrue();
  }

  @Test
  void allocationsAreCountedWhereTestsRun() {
    assertThat(WarmUp.isPossible()).isTrue();
  }
}
