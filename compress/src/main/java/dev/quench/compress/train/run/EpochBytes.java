// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train.run;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// The form of an [EpochReport] in a checkpoint.
final class EpochBytes {
  private static final int MOST_INTERVALS = 1000;

  private EpochBytes() {}

  static void write(EpochReport epoch, DataOutputStream sink) throws IOException {
    sink.writeInt(epoch.epoch());
    sink.writeDouble(epoch.loss());
    sink.writeDouble(epoch.trainingAccuracy());
    sink.writeDouble(epoch.validationAccuracy().orElse(Double.NaN));
    sink.writeDouble(epoch.validationLoss().orElse(Double.NaN));
    sink.writeDouble(epoch.learningRate());
    sink.writeDouble(epoch.weights().zeroWeights());
    sink.writeDouble(epoch.weights().smallScales());
    write(epoch.weights().scales(), sink);
    write(epoch.weights().latents(), sink);
    sink.writeDouble(epoch.seconds());
  }

  static EpochReport read(DataInputStream source) throws IOException {
    return new EpochReport(
        source.readInt(),
        source.readDouble(),
        source.readDouble(),
        optional(source.readDouble()),
        optional(source.readDouble()),
        source.readDouble(),
        new WeightProfile(
            source.readDouble(), source.readDouble(), histogram(source), histogram(source)),
        source.readDouble());
  }

  private static void write(ValueHistogram histogram, DataOutputStream sink) throws IOException {
    sink.writeDouble(histogram.low());
    sink.writeDouble(histogram.high());
    sink.writeInt(histogram.counts().size());
    for (int count : histogram.counts()) {
      sink.writeInt(count);
    }
  }

  private static ValueHistogram histogram(DataInputStream source) throws IOException {
    double low = source.readDouble();
    double high = source.readDouble();
    int size = Checkpoint.count(source, MOST_INTERVALS);
    List<Integer> counts = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      counts.add(source.readInt());
    }
    return new ValueHistogram(low, high, counts);
  }

  private static OptionalDouble optional(double value) {
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
