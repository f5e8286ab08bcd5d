// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.xnor.kernel.BinaryConvolution;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.Kernels;
import dev.quench.xnor.kernel.PackedLayout;
import dev.quench.xnor.kernel.SignThresholds;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.kernel.compile.CompiledPart;
import java.util.Arrays;
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

/// A square binary matrix product with thresholds to bits, and with floats as results, against as
/// many products in registers alone; one thread. The time of `limit` by that of the others is the
/// share of the limit.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(2)
public class XnorGemmBenchmark {
  @Param({"1024", "2048", "4096"})
  int size;

  private final Kernel kernel = Kernels.chosen();
  private BinaryConvolution toBits;
  private BinaryConvolution toFloats;
  private int[] in;
  private int[] bits;
  private float[] floats;

  @Setup
  public void prepare() {
    SplittableRandom random = new SplittableRandom(42);
    byte[] weights = new byte[size * size];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (byte) (random.nextBoolean() ? 1 : -1);
    }
    WeightPanels panels = WeightPanels.pack(weights, size, size, 1, 1);
    ChannelFunction function =
        ChannelFunction.identity(size)
            .then(ChannelFunction.Operator.MULTIPLY, 0.5f)
            .then(ChannelFunction.Operator.ADD, 1);
    int[] largest = new int[size];
    Arrays.fill(largest, size);
    Geometry rows = Geometry.of(SlidingWindow.whole(1, 1), 1, size);
    toBits = BinaryConvolution.toBits(rows, 1, panels, SignThresholds.of(function, largest));
    toFloats = BinaryConvolution.toFloats(rows, 1, panels, function);
    in = new int[PackedLayout.imageWords(size, size)];
    for (int i = PackedLayout.words(size); i < in.length; i++) {
      in[i] = random.nextInt();
    }
    bits = new int[PackedLayout.imageWords(size, size)];
    floats = new float[size * size];
    toBits();
    toFloats();
    CompiledPart.settle();
  }

  @Benchmark
  public int limit() {
    return RegisterLimit.run((long) size * size * size, size);
  }

  @Benchmark
  public int[] toBits() {
    kernel.compute(toBits, in, 0, bits, floats, 0, 0, size, 0, toBits.panels());
    return bits;
  }

  @Benchmark
  public float[] toFloats() {
    kernel.compute(toFloats, in, 0, bits, floats, 0, 0, size, 0, toFloats.panels());
    return floats;
  }
}
