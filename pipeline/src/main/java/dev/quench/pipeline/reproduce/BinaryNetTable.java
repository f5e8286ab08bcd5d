// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.zoo.Architecture;
import dev.quench.pipeline.reproduce.RowStart.Build;
import dev.quench.pipeline.reproduce.RowStep.Train;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// BinaryNet's perceptron and convolutional network, binary and float, by squared hinge loss.
///
/// Source: Hubara et al., Binarized Neural Networks, NIPS 2016, table 1 (Torch7): test error 1.40 %
/// on MNIST by three layers of 2048, 10.15 % on CIFAR-10. The paper's networks are trained for
/// hundreds of epochs; the convolutional one here has a quarter of its channels.
final class BinaryNetTable {
  private static final int EPOCHS = 12;
  private static final double PERCEPTRON_WIDTH = 1;
  private static final double CONVOLUTIONAL_WIDTH = 0.25;

  private BinaryNetTable() {}

  static PublishedTable table() {
    Published perceptron = published("MNIST", 98.60);
    Published convolutional = published("CIFAR-10", 89.85);
    return new PublishedTable(
        "binarynet",
        "BinaryNet's networks, trained anew",
        List.of(
            row("mlp", Architecture.BINARYNET_MLP, PERCEPTRON_WIDTH, false, perceptron),
            row("mlp-w1a1", Architecture.BINARYNET_MLP, PERCEPTRON_WIDTH, true, perceptron),
            row("conv", Architecture.BINARYNET_CONV, CONVOLUTIONAL_WIDTH, false, convolutional),
            row(
                "conv-w1a1",
                Architecture.BINARYNET_CONV,
                CONVOLUTIONAL_WIDTH,
                true,
                convolutional)));
  }

  private static Row row(
      String name, Architecture architecture, double width, boolean binary, Published published) {
    String bits = binary ? "1" : "32";
    Optimizer optimizer = binary ? Optimizer.adam(0.01) : Optimizer.adam(0.001);
    return new Row(
        name,
        architecture == Architecture.BINARYNET_MLP ? "perceptron" : "convolutional network",
        bits,
        bits,
        binary ? StoredBits.BINARY : StoredBits.FLOAT,
        binary ? Optional.of(name.substring(0, name.indexOf('-'))) : Optional.empty(),
        new Build(architecture, width, binary ? WeightBits.BINARY : WeightBits.FLOAT, binary),
        List.of(new Train(EPOCHS, optimizer, Loss.SQUARED_HINGE)),
        published);
  }

  private static Published published(String data, double accuracy) {
    return new Published(
        data, accuracy, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
  }
}
