// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Tensor;
import dev.quench.xnor.XnorBackend;
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

/// BinaryNet's MLP on XNOR kernels, against the same network in FP32 in ONNX Runtime, with equal
/// predictions, and against its float original with Relu. Width 4096 is that of the paper, 2048
/// that of the zoo.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 8, time = 1)
@Fork(1)
@State(Scope.Thread)
public class BinaryNetBenchmark {
  @Param({"2048", "4096"})
  int width;

  @Param({"1", "100"})
  int batch;

  @Param({"1"})
  int threads;

  private SessionOptions options() {
    return SessionOptions.DEFAULT.withThreads(threads);
  }

  /// W1A1 on XNOR; the predictions are compared before anything is timed.
  @State(Scope.Thread)
  public static class Binary {
    private Session session;
    private Map<String, Tensor> fed;

    @Setup
    public void open(BinaryNetBenchmark parameters) {
      Layers layers = new Layers();
      Model model = MultiLayerPerceptron.binary(layers, parameters.width);
      session = new XnorBackend().open(model, parameters.options());
      fed = Map.of("image", layers.image(parameters.batch, 1, 28));
      session.warmUp(fed);
      SessionOptions exact = parameters.options().withOptimization(false);
      try (Session reference = new OnnxRuntimeBackend().open(model, exact)) {
        String output = model.graph().outputs().getFirst().name();
        if (!session.run(fed).get(output).contentEquals(reference.run(fed).get(output))) {
          throw new IllegalStateException("XNOR and ONNX Runtime give different outputs");
        }
      }
    }

    @TearDown
    public void close() {
      session.close();
    }
  }

  /// The same W1A1 network in FP32.
  @State(Scope.Thread)
  public static class Same {
    private Session session;
    private Map<String, Tensor> fed;

    @Setup
    public void open(BinaryNetBenchmark parameters) {
      Layers layers = new Layers();
      Model model = MultiLayerPerceptron.binary(layers, parameters.width);
      session = new OnnxRuntimeBackend().open(model, parameters.options());
      fed = Map.of("image", layers.image(parameters.batch, 1, 28));
    }

    @TearDown
    public void close() {
      session.close();
    }
  }

  /// The float network with Relu.
  @State(Scope.Thread)
  public static class Real {
    private Session session;
    private Map<String, Tensor> fed;

    @Setup
    public void open(BinaryNetBenchmark parameters) {
      Layers layers = new Layers();
      Model model = MultiLayerPerceptron.real(layers, parameters.width);
      session = new OnnxRuntimeBackend().open(model, parameters.options());
      fed = Map.of("image", layers.image(parameters.batch, 1, 28));
    }

    @TearDown
    public void close() {
      session.close();
    }
  }

  @Benchmark
  public Map<String, Tensor> xnor(Binary network) {
    return network.session.run(network.fed);
  }

  @Benchmark
  public Map<String, Tensor> onnxRuntimeSameNetwork(Same network) {
    return network.session.run(network.fed);
  }

  @Benchmark
  public Map<String, Tensor> onnxRuntimeFloatNetwork(Real network) {
    return network.session.run(network.fed);
  }
}
