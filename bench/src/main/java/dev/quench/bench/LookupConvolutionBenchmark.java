// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.Value;
import dev.quench.graph.pattern.AutoPad;
import dev.quench.graph.pattern.CodebookWeights;
import dev.quench.graph.pattern.SlidingWindow;
import dev.quench.graph.pattern.WindowAxis;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.kernel.ChannelFunction;
import dev.quench.xnor.kernel.Geometry;
import dev.quench.xnor.kernel.compile.CompiledPart;
import dev.quench.xnor.kernel.lookup.LookupConvolution;
import dev.quench.xnor.kernel.lookup.LookupScratch;
import java.util.List;
import java.util.Map;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A convolution of words and codes against the dense layer in ONNX Runtime, batch 1, one thread;
/// as many output as input channels, pieces of 8, as many words as leave a quarter of the
/// operations. The kernel is timed alone, ONNX Runtime with its session around it.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class LookupConvolutionBenchmark {
  private static final int PIECE = 8;
  private static final int MOST_WORDS = 128;

  /// Channels, kernel, height and width.
  @Param({"96/1/28", "96/3/14", "256/1/14", "256/3/14", "256/3/28", "512/3/14"})
  String layer;

  private int channels;
  private int size;
  private LookupConvolution convolution;
  private LookupScratch scratch;
  private float[] in;
  private float[] out;
  private Session session;
  private Map<String, Tensor> fed;

  @Setup
  public void prepare() {
    String[] parts = layer.split("/", -1);
    channels = Integer.parseInt(parts[0]);
    int kernel = Integer.parseInt(parts[1]);
    size = Integer.parseInt(parts[2]);
    Layers layers = new Layers();
    SplittableRandom random = layers.random();
    int taps = kernel * kernel;
    int words = Math.min(MOST_WORDS, channels * taps / PIECE);
    byte[] codes = new byte[channels * taps * (channels / PIECE)];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) random.nextInt(words);
    }
    byte[] book = new byte[channels * words];
    random.nextBytes(book);
    CodebookWeights weights =
        new CodebookWeights(channels, taps, channels / PIECE, words, PIECE, codes, book, 0.01f);
    WindowAxis axis = new WindowAxis(kernel, 1, 1, kernel / 2, kernel / 2, AutoPad.NOTSET, false);
    convolution =
        new LookupConvolution(
            weights,
            new float[channels],
            ChannelFunction.identity(channels),
            Geometry.of(new SlidingWindow(List.of(axis, axis)), size, size),
            1);
    scratch = convolution.newScratch();
    Tensor image = layers.image(1, channels, size);
    in = image.toFloats();
    out = new float[in.length];
    lookUp();
    CompiledPart.settle();
    Value x = layers.input(channels, size);
    Value y = layers.convolution(x, layers.weights(channels, channels, kernel, kernel), kernel / 2);
    session = new OnnxRuntimeBackend().open(layers.model(y), SessionOptions.DEFAULT.withThreads(1));
    fed = Map.of("image", image);
  }

  @TearDown
  public void close() {
    session.close();
  }

  @Benchmark
  public float[] lookUp() {
    convolution.compute(in, 0, 0, out, 0, scratch);
    return out;
  }

  @Benchmark
  public Map<String, Tensor> onnxRuntime() {
    return session.run(fed);
  }
}
