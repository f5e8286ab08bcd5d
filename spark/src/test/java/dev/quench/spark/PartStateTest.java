// SPDX-License-Identifier: Apache-2.0
package dev.quench.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.eval.cluster.ClusterException;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PartStateTest {
  private static final ExecutorKind AVX2 =
      new ExecutorKind("amd64 avx2", "ONNX Runtime 1", "quench");
  private static final ExecutorKind AVX512 =
      new ExecutorKind("amd64 avx2 avx512f", "ONNX Runtime 1", "quench");

  private static PartState part(int number, ExecutorKind kind) {
    return PartState.of(
        kind,
        new PartPlace(number, 10, "", "", "0a", "executor " + number + " on host"),
        Optional.empty(),
        new byte[] {(byte) (1 << number)});
  }

  private static byte[] sum(byte[] one, byte[] other) {
    return new byte[] {(byte) (one[0] + other[0])};
  }

  @Test
  void mergesTheSameInAnyOrder() {
    PartState one =
        part(0, AVX2)
            .merge(part(1, AVX512), PartStateTest::sum)
            .merge(part(2, AVX2), PartStateTest::sum);
    PartState other =
        part(2, AVX2)
            .merge(part(1, AVX512).merge(part(0, AVX2), PartStateTest::sum), PartStateTest::sum);

    assertThat(one.toBytes()).isEqualTo(other.toBytes());
    assertThat(one.samples()).isEqualTo(30);
    assertThat(one.state().bytes()).containsExactly(7);
    assertThat(PartState.ofBytes(one.toBytes()).toBytes()).isEqualTo(one.toBytes());
  }

  @Test
  void refusesExecutorsOfDifferentKinds() {
    PartState both = part(0, AVX2).merge(part(1, AVX512), PartStateTest::sum);

    assertThatThrownBy(() -> ExecutorKind.requireOne(both.kinds()))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("executor 0 on host has amd64 avx2, ONNX Runtime 1, quench")
        .hasMessageContaining("executor 1 on host has amd64 avx2 avx512f")
        .hasMessageContaining("allow mixed executors");
    ExecutorKind.requireOne(part(0, AVX2).merge(part(1, AVX2), PartStateTest::sum).kinds());
  }

  @Test
  void keepsTheFailureOfTheLowestPart() {
    PartState failed =
        part(0, AVX2)
            .merge(PartState.failed(new PartFailure(7, "seven")), PartStateTest::sum)
            .merge(PartState.failed(new PartFailure(3, "three")), PartStateTest::sum);

    assertThat(failed.failure()).contains(new PartFailure(3, "three"));
    assertThat(PartState.ofBytes(failed.toBytes()).failure()).isEqualTo(failed.failure());
  }

  @Test
  void refusesDamagedBytes() {
    byte[] bytes = part(0, AVX2).toBytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> PartState.ofBytes(cut)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void dividesSamplesAtMultiplesOfABatch() {
    assertThat(Parts.of(10, 4, 100)).hasToString("[0-3, 4-7, 8-9]");
    assertThat(Parts.of(10, 1, 3)).hasToString("[0-2, 3-5, 6-9]");
    assertThat(Parts.of(3, 8, 5)).hasToString("[0-2]");
  }
}
