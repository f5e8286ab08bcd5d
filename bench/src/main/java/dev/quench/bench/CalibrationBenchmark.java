// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/// Calibration of the tensors that Q/DQ needs against the untapped forward pass, one thread each,
/// at the batch of one sample that the calibrator uses; both read the same samples through the same
/// data set.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class CalibrationBenchmark {
  private static final int SAMPLES = 256;

  /// Where the model lies, seen from the root of the checkout.
  @Param("cli/src/main/resources/dev/quench/cli/demo/nin-fashion-mnist.onnx")
  String model;

  private Model fused;
  private Set<String> tensors;
  private TensorDataset data;
  private Session session;

  @Setup(Level.Trial)
  public void prepare() throws IOException {
    OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
    fused = OnnxReader.read(Path.of(model));
    Fusion.standard(backend).apply(fused);
    tensors = QdqPlacement.tensors(fused);
    SplittableRandom random = new SplittableRandom(42);
    float[] pixels = new float[SAMPLES * 28 * 28];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (float) random.nextGaussian();
    }
    Tensor images = Tensor.ofFloats(Shape.of(SAMPLES, 1, 28, 28), pixels);
    data = TensorDataset.of("seeded noise", Map.of("image", images));
    session = backend.open(fused, SessionOptions.DEFAULT.withThreads(1));
  }

  @TearDown(Level.Trial)
  public void close() {
    session.close();
  }

  @Benchmark
  public void forward(Blackhole sink) {
    try (Stream<Batch> batches = data.batches(1)) {
      batches.forEachOrdered(batch -> sink.consume(session.run(batch.inputs())));
    }
  }

  @Benchmark
  public CalibrationTable calibrate() throws IOException {
    return Calibrator.using(new OnnxRuntimeBackend()).calibrate(fused, tensors, data);
  }
}
