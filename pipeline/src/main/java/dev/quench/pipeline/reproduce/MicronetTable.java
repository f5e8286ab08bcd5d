// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.zoo.Architecture;
import dev.quench.pipeline.reproduce.RowStart.Build;
import dev.quench.pipeline.reproduce.RowStart.From;
import dev.quench.pipeline.reproduce.RowStep.Binarize;
import dev.quench.pipeline.reproduce.RowStep.PolynomialSigns;
import dev.quench.pipeline.reproduce.RowStep.Prune;
import dev.quench.pipeline.reproduce.RowStep.Quantize;
import dev.quench.pipeline.reproduce.RowStep.SparseTrain;
import dev.quench.pipeline.reproduce.RowStep.Train;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The ten rows of micronet's table: network in network and its grouped form, pruned and quantized.
///
/// Source: 666DZY666/micronet 1.12.0, its table on CIFAR-10. The quantized rows stand on the
/// grouped network, as there; each is compared with the float network that it was made of.
final class MicronetTable {
  private static final double WIDTH = 0.5;
  private static final int FLOAT_EPOCHS = 8;
  private static final int BINARY_EPOCHS = 14;
  private static final Train FLOAT =
      new Train(FLOAT_EPOCHS, Optimizer.sgd(0.05), Loss.CROSS_ENTROPY);
  private static final Train BINARY =
      new Train(BINARY_EPOCHS, Optimizer.adam(0.01), Loss.CROSS_ENTROPY);
  private static final SparseTrain SPARSE = new SparseTrain(4, Optimizer.sgd(0.02), 1e-4);
  private static final Train RECOVERY =
      new Train(FLOAT_EPOCHS, Optimizer.sgd(0.02), Loss.CROSS_ENTROPY);

  private static final String NIN = "nin";
  private static final String GROUPED = "nin-gc";

  /// 0.67 to 0.32 million parameters.
  private static final double SHARE = 0.525;

  /// 0.58 to 0.32 million parameters.
  private static final double GROUPED_SHARE = 0.45;

  private MicronetTable() {}

  static PublishedTable table() {
    return new PublishedTable(
        "micronet",
        "micronet's table, trained anew",
        List.of(
            row(
                NIN,
                "NIN",
                "32",
                "32",
                StoredBits.FLOAT,
                "",
                published(91.01, 0.67, 2.68),
                built(Architecture.NIN, WeightBits.FLOAT, false),
                FLOAT),
            row(
                GROUPED,
                "NIN, grouped convolutions",
                "32",
                "32",
                StoredBits.FLOAT,
                NIN,
                published(91.04, 0.58, 2.32, -0.03),
                built(Architecture.NIN_GC, WeightBits.FLOAT, false),
                FLOAT),
            row(
                "pruned",
                "NIN, pruned",
                "32",
                "32",
                StoredBits.FLOAT,
                NIN,
                published(90.26, 0.32, 1.28, 0.75),
                new From(NIN),
                SPARSE,
                new Prune(SHARE),
                RECOVERY),
            weightsAlone("w1a32", "1", StoredBits.BINARY, published(90.93, 0.58, 0.204, 0.08)),
            weightsAlone("w1.5a32", "1.5", StoredBits.TERNARY, published(91.00, 0.58, 0.272, 0.01)),
            quantized("w1a1", "1", StoredBits.BINARY, published(86.23, 0.58, 0.204, 4.78)),
            quantized("w1.5a1", "1.5", StoredBits.TERNARY, published(86.48, 0.58, 0.272, 4.53)),
            row(
                "dorefa-8-8",
                "grouped, DoReFa",
                "8",
                "8",
                StoredBits.INT8,
                GROUPED,
                published(91.03, 0.58, 0.596, -0.02),
                new From(GROUPED),
                new Quantize(TrainingScheme.dorefa(8, 8)),
                new Train(FLOAT_EPOCHS, Optimizer.sgd(0.01), Loss.CROSS_ENTROPY)),
            row(
                "iao-8-8",
                "grouped, IAO, symmetric by channel, fused BatchNormalization",
                "8",
                "8",
                StoredBits.INT8,
                GROUPED,
                published(90.99, 0.58, 0.596, 0.02),
                new From(GROUPED),
                new Quantize(TrainingScheme.iao(8, 8).withNormalization(Normalization.FUSED)),
                new Train(4, Optimizer.sgd(0.001), Loss.CROSS_ENTROPY)),
            row(
                "pruned-w1.5a1",
                "grouped, pruned, quantized",
                "1.5",
                "1",
                StoredBits.TERNARY,
                GROUPED,
                published(86.13, 0.32, 0.19, 4.88),
                new From(GROUPED),
                SPARSE,
                new Prune(GROUPED_SHARE),
                new Binarize(WeightBits.TERNARY, true),
                new PolynomialSigns(),
                BINARY)));
  }

  /// From the float network, whose activations its layers keep reading.
  private static Row weightsAlone(
      String name, String weights, StoredBits stored, Published published) {
    return row(
        name,
        "grouped, quantized",
        weights,
        "32",
        stored,
        GROUPED,
        published,
        new From(GROUPED),
        new Binarize(bits(stored), false),
        new Train(FLOAT_EPOCHS, Optimizer.adam(0.005), Loss.CROSS_ENTROPY));
  }

  private static Row quantized(
      String name, String weights, StoredBits stored, Published published) {
    return row(
        name,
        "grouped, quantized",
        weights,
        "1",
        stored,
        GROUPED,
        published,
        built(Architecture.NIN_GC, bits(stored), true),
        new PolynomialSigns(),
        BINARY);
  }

  private static WeightBits bits(StoredBits stored) {
    return stored == StoredBits.BINARY ? WeightBits.BINARY : WeightBits.TERNARY;
  }

  private static Row row(
      String name,
      String title,
      String weights,
      String activations,
      StoredBits stored,
      String reference,
      Published published,
      RowStart start,
      RowStep... steps) {
    return new Row(
        name,
        title,
        weights,
        activations,
        stored,
        reference.isEmpty() ? Optional.empty() : Optional.of(reference),
        start,
        List.of(steps),
        published);
  }

  private static Build built(Architecture architecture, WeightBits weights, boolean signs) {
    return new Build(architecture, WIDTH, weights, signs);
  }

  private static Published published(double accuracy, double parameters, double megabytes) {
    return published(accuracy, parameters, megabytes, OptionalDouble.empty());
  }

  private static Published published(
      double accuracy, double parameters, double megabytes, double loss) {
    return published(accuracy, parameters, megabytes, OptionalDouble.of(loss));
  }

  private static Published published(
      double accuracy, double parameters, double megabytes, OptionalDouble loss) {
    return new Published(
        "CIFAR-10", accuracy, loss, OptionalDouble.of(parameters), OptionalDouble.of(megabytes));
  }
}
