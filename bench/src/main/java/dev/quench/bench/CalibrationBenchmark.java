// SPDX-License-Identifier: Apache-2.0
package dev.quench.bench;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.fuse.Fusion;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.onnxruntime.InsertOnnxRuntimeQdq;
import dev.quench.compress.quantize.onnxruntime.OnnxRuntimeOptions;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxReader;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
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

/// Calibration of the tensors that Q/DQ needs against the untapped forward pass, one inference at a
/// time in one thread, at the batch of one sample that the calibrator uses; both read the same
/// samples through the same data set. The calibrator counts in a second thread.
///
/// For a model that is not bundled, such as a text detector: `bench/run CalibrationBenchmark -p
/// model=FILE -p samples=8 -p size=320`.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class CalibrationBenchmark {
  /// Where the model lies, seen from the root of the checkout.
  @Param("cli/src/main/resources/dev/quench/cli/demo/nin-fashion-mnist.onnx")
  String model;

  /// Whose tensors are calibrated: those of TensorRT's form, or of all forms for ONNX Runtime too.
  @Param({"tensorrt", "both"})
  String targets;

  @Param("256")
  int samples;

  /// Length of the axes that the model leaves free.
  @Param("28")
  int size;

  private Model fused;
  private Set<String> tensors;
  private TensorDataset data;
  private Session session;

  @Setup(Level.Trial)
  public void prepare() throws IOException {
    OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
    fused = OnnxReader.read(Path.of(model));
    Fusion.standard(backend).apply(fused);
    tensors = new LinkedHashSet<>(QdqPlacement.tensors(fused));
    if (targets.equals("both")) {
      tensors.addAll(InsertOnnxRuntimeQdq.tensors(fused, OnnxRuntimeOptions.WIDEST));
    }
    data = SeededInputs.of(fused, samples, size);
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
