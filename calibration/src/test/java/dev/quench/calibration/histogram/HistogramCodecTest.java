// SPDX-License-Identifier: Apache-2.0
package dev.quench.calibration.histogram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.run.CalibrationException;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What is written comes back, and what nobody wrote is refused.
class HistogramCodecTest {
  @Test
  void comeBackAsTheSameHistogram() {
    for (int seed = 0; seed < 50; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Histogram histogram = HistogramTest.of(HistogramTest.anyFloats(random, random.nextInt(4000)));

      assertThat(HistogramCodec.decode(HistogramCodec.encode(histogram), "test"))
          .as("seed " + seed)
          .isEqualTo(histogram);
    }
  }

  /// What the version before bins by exponent wrote for the values below.
  private static final String VERSION_2 =
      "02fffbc0040000000000004059000000000000000000000000000100000000000000010000000000"
          + "00000000000000000000000000000000000002133000000000000000000000000000000000000014"
          + "0d60000000000000000000000000000000000000140d600000000000000000000000000000000000"
          + "0000070101200160016001a017018007015001";

  @Test
  void ofVersionTwoAreReadAndKeepTheirDigest() {
    byte[] old = HexFormat.of().parseHex(VERSION_2);
    Histogram read = HistogramCodec.decode(old, "old");
    HistogramBuilder builder = new HistogramBuilder();
    builder.add(Tensor.ofFloats(Shape.of(6), 1f, -2.5f, 0f, 100f, 0.001f, -3e-7f));
    builder.add(Tensor.ofFloats(Shape.of(3), Float.NaN, 4f, 7f));

    assertThat(read.counts()).isEqualTo(builder.build().counts());
    assertThat(read.bins().isFine()).isFalse();
    assertThat(HistogramCodec.encode(read)).isEqualTo(old);
    assertThat(read.digest())
        .isEqualTo("1d2ace37b7bd287debb907b48464862a093f91195a0a1b404d750c4a1ea10e03");
  }

  @Test
  void ofBothKindsOfBinsAreRefusedWhereTheyDisagree() {
    Histogram one = HistogramTest.of(1f, 0.001f, 0.002f);
    Histogram other = HistogramTest.of(1f, 0.001f, 0.01f);
    Histogram mixed =
        new Histogram(
            new Bins(one.binExponent(), one.bins().linear(), other.bins().small()),
            new Histogram.Extremes(one.min(), one.max()),
            one.specials(),
            one.sampleExtremes());

    assertThatThrownBy(() -> HistogramCodec.decode(HistogramCodec.encode(mixed), "mixed"))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("do not fit the others");
  }

  @Test
  void haveADigestOfTheirOwn() {
    Set<String> digests = new HashSet<>();
    for (float value : new float[] {0f, 1f, -1f, 2f, 3f, Float.NaN}) {
      digests.add(HistogramTest.of(value).digest());
    }
    digests.add(Histogram.EMPTY.digest());
    digests.add(HistogramTest.of(1f, 1f).digest());

    assertThat(digests).hasSize(8);
  }

  @Test
  void areRefusedWhenTruncatedOrChanged() {
    byte[] bytes = HistogramCodec.encode(HistogramTest.of(1f, -2f, 0f, 1.5f));
    for (int length = 0; length < bytes.length; length++) {
      byte[] truncated = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> HistogramCodec.decode(truncated, "shard"))
          .isInstanceOf(CalibrationException.class)
          .hasMessageStartingWith("shard: not a valid histogram");
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> HistogramCodec.decode(longer, "shard"))
        .hasMessageContaining("canonical");
  }

  @Test
  void ofRandomNoiseNeverCrash() {
    SplittableRandom random = new SplittableRandom(3);
    byte[] valid = HistogramCodec.encode(HistogramTest.of(1f, -2f, 0f, 1.5f));
    for (int i = 0; i < 3000; i++) {
      byte[] mutated = valid.clone();
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      mutated[random.nextInt(mutated.length)] = (byte) random.nextInt(256);
      try {
        Histogram decoded = HistogramCodec.decode(mutated, "noise");
        assertThat(HistogramCodec.encode(decoded)).isEqualTo(mutated);
      } catch (CalibrationException e) {
        assertThat(e).hasMessageStartingWith("noise: ");
      }
    }
  }
}
