// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

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

/// NIN with binary weights and activations on XNOR kernels, first and last layer real in ONNX
/// Runtime, against the real NIN in ONNX Runtime, as users run both: through a session, graph
/// optimization on for the real one.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 8, time = 1)
@Measurement(iterations = 10, time = 1)
@Fork(2)
@State(Scope.Thread)
public class XnorNetworkBenchmark {
  @Param({"1", "32"})
  int batch;

  @Param({"1", "2"})
  int threads;

  private SessionOptions options() {
    return SessionOptions.DEFAULT.withThreads(threads);
  }

  /// W1A1.
  @State(Scope.Thread)
  public static class Binary {
    private Session session;
    private Map<String, Tensor> fed;

    @Setup
    public void open(XnorNetworkBenchmark parameters) {
      Layers layers = new Layers();
      session = new XnorBackend().open(NetworkInNetwork.binary(layers), parameters.options());
      fed = Map.of("image", layers.image(parameters.batch, 1, 28));
      session.warmUp(fed);
    }

    @TearDown
    public void close() {
      session.close();
    }
  }

  /// FP32.
  @State(Scope.Thread)
  public static class Real {
    private Session session;
    private Map<String, Tensor> fed;

    @Setup
    public void open(XnorNetworkBenchmark parameters) {
      Layers layers = new Layers();
      session = new OnnxRuntimeBackend().open(NetworkInNetwork.real(layers), parameters.options());
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
  public Map<String, Tensor> onnxRuntimeFp32(Real network) {
    return network.session.run(network.fed);
  }
}
