// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.calibration.histogram.Histogram;
import dev.quench.calibration.histogram.HistogramBuilder;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Time to choose the threshold of one tensor from its histogram.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RangeSearchBenchmark {
  @Param({"entropy", "mse", "auto", "percentile:99.99", "minmax"})
  String method;

  private RangeMethod chosen;
  private Histogram histogram;

  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(42);
    float[] values = new float[1_000_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    HistogramBuilder builder = new HistogramBuilder();
    builder.add(Tensor.ofFloats(Shape.of(values.length), values));
    histogram = builder.build();
    chosen = RangeMethod.parse(method);
  }

  @Benchmark
  public double threshold() {
    return chosen.threshold(histogram);
  }
}
