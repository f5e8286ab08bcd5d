// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.Model;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.AutoPad;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.XnorBackend;
import dev.quench.xnor.kernel.BinaryConvolution;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.Kernel;
import dev.quench.xnor.kernel.Kernels;
import dev.quench.xnor.kernel.PackedLayout;
import dev.quench.xnor.kernel.SignThresholds;
import dev.quench.xnor.kernel.WeightPanels;
import dev.quench.xnor.kernel.compile.CompiledPart;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A 3×3 convolution of as many input as output channels over 14×14 pixels, padding 1, one thread:
/// from bits to bits, from real rows to real rows, and through a session from the graph's floats to
/// its floats, against the same layer in FP32 and INT8 in ONNX Runtime and against the limit.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(2)
@State(Scope.Thread)
public class XnorConvolutionBenchmark {
  private static final int SIZE = 14;
  private static final int PIXELS = SIZE * SIZE;
  private static final WindowAxis PADDED_BY_ONE =
      new WindowAxis(3, 1, 1, 1, 1, AutoPad.NOTSET, false);
  private static final SessionOptions OPTIONS = SessionOptions.DEFAULT.withThreads(1);

  @Param({"256", "512"})
  int channels;

  /// The kernels alone.
  @State(Scope.Thread)
  public static class Packed {
    private final Kernel kernel = Kernels.chosen();
    private int channels;
    private BinaryConvolution toBits;
    private BinaryConvolution toFloats;
    private int[] in;
    private int[] bits;
    private float[] real;
    private float[] floats;

    @Setup
    public void prepare(XnorConvolutionBenchmark parameters) {
      channels = parameters.channels;
      Layers layers = new Layers();
      byte[] weights = new byte[channels * channels * 9];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (byte) (layers.random().nextBoolean() ? 1 : -1);
      }
      WeightPanels panels = WeightPanels.pack(weights, channels, channels, 1, 9);
      ChannelFunction function =
          ChannelFunction.identity(channels)
              .then(ChannelFunction.Operator.MULTIPLY, 0.5f)
              .then(ChannelFunction.Operator.ADD, 1);
      int[] largest = new int[channels];
      Arrays.setAll(largest, panels::largestSum);
      Geometry geometry =
          Geometry.of(new SlidingWindow(List.of(PADDED_BY_ONE, PADDED_BY_ONE)), SIZE, SIZE);
      toBits = BinaryConvolution.toBits(geometry, 1, panels, SignThresholds.of(function, largest));
      toFloats = BinaryConvolution.toFloats(geometry, 1, panels, function);
      in = new int[PackedLayout.imageWords(channels, PIXELS)];
      bits = new int[in.length];
      real = new float[PackedLayout.floats(channels) * PIXELS];
      for (int i = 0; i < real.length; i++) {
        real[i] = (float) layers.random().nextGaussian();
      }
      floats = new float[real.length];
      pack();
      compute(toBits);
      compute(toFloats);
      CompiledPart.settle();
    }

    private boolean pack() {
      return kernel.packNhwc(real, 0, channels, PIXELS, in, PackedLayout.words(channels));
    }

    private void compute(BinaryConvolution layer) {
      kernel.compute(layer, in, 0, bits, floats, 0, 0, PIXELS, 0, layer.panels());
    }
  }

  /// The layer in one session.
  abstract static class InSession {
    private Session session;
    private Map<String, Tensor> fed;

    void open(Model model, boolean xnor, int channels) {
      fed = Map.of("image", new Layers().image(1, channels, SIZE));
      session =
          xnor
              ? new XnorBackend().open(model, OPTIONS)
              : new OnnxRuntimeBackend().open(model, OPTIONS);
      session.warmUp(fed);
    }

    @TearDown
    public void close() {
      session.close();
    }

    Map<String, Tensor> run() {
      return session.run(fed);
    }
  }

  /// Sign, binary convolution, normalization.
  @State(Scope.Thread)
  public static class Xnor extends InSession {
    @Setup
    public void prepare(XnorConvolutionBenchmark parameters) {
      int channels = parameters.channels;
      Layers layers = new Layers();
      Value x = layers.sign(layers.input(channels, SIZE));
      x = layers.convolution(x, layers.binaryWeights(channels, channels, 3, 3), 1);
      open(layers.model(layers.normalization(x, channels, 40)), true, channels);
    }
  }

  /// Convolution, normalization (which ONNX Runtime folds).
  @State(Scope.Thread)
  public static class Fp32 extends InSession {
    @Setup
    public void prepare(XnorConvolutionBenchmark parameters) {
      int channels = parameters.channels;
      Layers layers = new Layers();
      Value x = layers.input(channels, SIZE);
      x = layers.convolution(x, layers.weights(channels, channels, 3, 3), 1);
      open(layers.model(layers.normalization(x, channels, 1)), false, channels);
    }
  }

  /// Quantized input and weights, symmetric, one scale a tensor, quantized output.
  @State(Scope.Thread)
  public static class Int8 extends InSession {
    @Setup
    public void prepare(XnorConvolutionBenchmark parameters) {
      int channels = parameters.channels;
      Layers layers = new Layers();
      Value scale = layers.scalar(0.03f);
      Value zero = layers.constant(Tensor.ofInt8(Shape.SCALAR, (byte) 0));
      Value x = layers.node("QuantizeLinear", layers.input(channels, SIZE), scale, zero);
      x = layers.node("DequantizeLinear", x, scale, zero);
      byte[] weights = new byte[channels * channels * 9];
      layers.random().nextBytes(weights);
      Value quantized =
          layers.constant(
              Tensor.of(
                  DataType.INT8,
                  Shape.of(channels, channels, 3, 3),
                  MemorySegment.ofArray(weights)));
      Value w = layers.node("DequantizeLinear", quantized, layers.scalar(0.001f), zero);
      x = layers.convolution(x, w, 1);
      x = layers.node("QuantizeLinear", x, scale, zero);
      open(layers.model(layers.node("DequantizeLinear", x, scale, zero)), false, channels);
    }
  }

  @Benchmark
  public int limit() {
    return RegisterLimit.run((long) PIXELS * channels * channels * 9, channels);
  }

  @Benchmark
  public int[] bitsToBits(Packed packed) {
    packed.compute(packed.toBits);
    return packed.bits;
  }

  @Benchmark
  public float[] realToReal(Packed packed) {
    packed.pack();
    packed.compute(packed.toFloats);
    return packed.floats;
  }

  @Benchmark
  public Map<String, Tensor> session(Xnor layer) {
    return layer.run();
  }

  @Benchmark
  public Map<String, Tensor> onnxRuntimeFp32(Fp32 layer) {
    return layer.run();
  }

  @Benchmark
  public Map<String, Tensor> onnxRuntimeInt8(Int8 layer) {
    return layer.run();
  }
}
