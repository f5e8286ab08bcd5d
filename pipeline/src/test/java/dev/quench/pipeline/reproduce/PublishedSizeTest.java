// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// micronet's sizes come from the architectures of the zoo at full width on CIFAR-10.
class PublishedSizeTest {
  private static final PublishedSize NIN =
      PublishedSize.of(Architecture.NIN.build(NetworkOptions.CIFAR));
  private static final PublishedSize GROUPED =
      PublishedSize.of(Architecture.NIN_GC.build(NetworkOptions.CIFAR));

  @Test
  void countsWeightsAndBiases() {
    assertThat(NIN.total()).isEqualTo(670_656);
    assertThat(NIN.biases()).isEqualTo(1_418);
    assertThat(GROUPED.total()).isEqualTo(578_304);
    assertThat(GROUPED.biases()).isEqualTo(4_362);
  }

  @Test
  void floatNetworkInNetworkIsThatOfA3x3FourthConvolution() {
    assertThat(NIN.megabytes(StoredBits.FLOAT)).isCloseTo(2.68, within(1e-9));
  }

  @Test
  void floatGroupedNetwork() {
    assertThat(GROUPED.megabytes(StoredBits.FLOAT)).isCloseTo(2.32, within(1e-9));
  }

  @Test
  void binaryWeights() {
    assertThat(GROUPED.megabytes(StoredBits.BINARY)).isCloseTo(0.203816, within(1e-9));
  }

  @Test
  void ternaryWeights() {
    assertThat(GROUPED.megabytes(StoredBits.TERNARY)).isCloseTo(0.272424, within(1e-9));
  }

  @Test
  void eightBits() {
    assertThat(GROUPED.megabytes(StoredBits.INT8)).isCloseTo(0.595752, within(1e-9));
  }

  /// The published figures of every row but the pruned ones, whose channels the authors do not
  /// give.
  @Test
  void everyPublishedFigureOfAnUnprunedRow() {
    for (Row row : PublishedTable.named("micronet").rows()) {
      if (row.name().startsWith("pruned")) {
        continue;
      }
      PublishedSize size = row.name().equals("nin") ? NIN : GROUPED;
      assertThat(size.megabytes(row.stored()))
          .as(row.name())
          .isCloseTo(row.published().megabytes().orElseThrow(), within(0.0005));
      assertThat(size.total() / 1e6)
          .isCloseTo(row.published().parameters().orElseThrow(), within(0.005));
    }
  }

  @Test
  void macsAreThoseOfTheTable() {
    assertThat(ModelCost.of(Architecture.NIN.build(NetworkOptions.CIFAR)).macs() / 1e9)
        .isCloseTo(0.15, within(0.005));
    assertThat(ModelCost.of(Architecture.NIN_GC.build(NetworkOptions.CIFAR)).macs() / 1e9)
        .isCloseTo(0.1577, within(0.0005));
  }

  @ParameterizedTest
  @EnumSource(WeightBits.class)
  void binaryAndExportedFormsCountTheSameLayers(WeightBits bits) {
    Model trained =
        Architecture.NIN_GC.build(
            NetworkOptions.CIFAR.withWeights(bits).withBinaryActivations(true));
    assertThat(PublishedSize.of(trained)).isEqualTo(GROUPED);
    TrainedModel.lower(trained);
    assertThat(PublishedSize.of(trained)).isEqualTo(GROUPED);
  }

  @Test
  void denseLayersCountToo() {
    PublishedSize size =
        PublishedSize.of(
            Architecture.BINARYNET_MLP.build(NetworkOptions.MNIST.withWidthMultiplier(0.125)));
    assertThat(size.weights()).containsExactly(784L * 256, 256L * 256, 256L * 256, 2560L);
    assertThat(size.biases()).isEqualTo(3 * 256 + 10);
    assertThat(size.megabytes(StoredBits.BINARY))
        .isCloseTo(
            (256 * 256 / 4 + 4 * (784 * 256 + 2560) + 4 * (3 * 256 + 10)) / 1e6, within(1e-9));
  }
}
