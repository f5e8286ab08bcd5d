// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.pipeline.PipelineException;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorrectBitsTest {
  /// Samples 0, 2 and 9: bytes 0b101 and 0b10.
  @Test
  void packsTheLowestBitFirst() {
    CorrectBits bits =
        CorrectBits.of(
            List.of(5, 1, 5, 1, 1, 1, 1, 1, 1, 5), List.of(5, 5, 5, 5, 5, 5, 5, 5, 5, 5));
    assertThat(bits.toBase64()).isEqualTo("BQI=");
    assertThat(bits.count()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 10_000})
  void readsWhatItWrote(int samples) {
    List<Integer> labels = Collections.nCopies(samples, 2);
    List<Integer> predictions = IntStream.range(0, samples).map(i -> i % 3).boxed().toList();
    CorrectBits bits = CorrectBits.of(predictions, labels);

    CorrectBits read = CorrectBits.fromBase64(bits.toBase64(), samples);

    assertThat(read.count()).isEqualTo(bits.count());
    assertThat(read.lostBy(bits) + bits.lostBy(read)).isZero();
  }

  @Test
  void refusesBitsOfAnotherNumberOfSamples() {
    assertThatThrownBy(() -> CorrectBits.fromBase64("BQI=", 17))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("expected those of 17 samples");
    assertThatThrownBy(() -> CorrectBits.fromBase64("BQI=", 9))
        .isInstanceOf(PipelineException.class);
    assertThatThrownBy(() -> CorrectBits.fromBase64("no!", 9))
        .isInstanceOf(PipelineException.class)
        .hasMessageContaining("not base64");
  }
}
