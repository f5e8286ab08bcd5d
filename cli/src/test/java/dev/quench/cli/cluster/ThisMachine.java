// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.cluster;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.eval.Evaluation;
import dev.quench.eval.ProfileOptions;
import dev.quench.eval.cluster.Cluster;
import dev.quench.eval.cluster.ClusterCalibration;
import dev.quench.eval.cluster.ClusterEvaluation;
import dev.quench.eval.cluster.ClusterException;
import dev.quench.eval.cluster.ClusterProvider;
import dev.quench.metric.fidelity.Reference;
import dev.quench.report.EvaluationReport;
import dev.quench.run.Backends;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.file.Path;
import java.util.Optional;

/// Stands for a cluster: works in this process, with copies of what would be sent to another.
public final class ThisMachine implements ClusterProvider {
  static final String MASTER = "this-machine";

  /// Of the last evaluation.
  static Optional<Path> engineCache = Optional.empty();

  @Override
  public String name() {
    return "spark";
  }

  @Override
  public Cluster connect(Options options) {
    if (!options.master().equals(MASTER)) {
      throw new ClusterException("no such master: " + options.master());
    }
    return new Connected();
  }

  private static final class Connected implements Cluster {
    @Override
    public CalibrationTable calibrate(ClusterCalibration work) throws IOException {
      return Calibrator.using(Backends.named("onnxruntime"))
          .method(work.method())
          .batchSize(work.batchSize())
          .acceptNonFinite(work.acceptNonFinite())
          .preprocessing(work.preprocessing())
          .calibrate(work.model(), work.tensors(), sent(work.data()).open());
    }

    @Override
    public EvaluationReport evaluate(ClusterEvaluation work) throws IOException {
      engineCache = work.engineCache();
      Evaluation evaluation =
          Evaluation.on(sent(work.data()).open())
              .batchSize(work.batchSize())
              .fidelity(work.reference().isPresent())
              .latency(new ProfileOptions(0, 3, 2));
      work.candidates().forEach(evaluation::add);
      if (work.reference().isEmpty()) {
        return evaluation.metric(sent(work.metric()).metric(Optional.empty())).run();
      }
      try (Session session =
          Backends.named("onnxruntime")
              .open(work.reference().get(), SessionOptions.DEFAULT.withOptimization(false))) {
        return evaluation
            .metric(sent(work.metric()).metric(Optional.of(Reference.running(session))))
            .run();
      }
    }

    /// What arrives in another process.
    @SuppressWarnings("unchecked") // a copy has the type of its original
    private static <T> T sent(T sent) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
        out.writeObject(sent);
      }
      try (ObjectInputStream in =
          new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
        return (T) in.readObject();
      } catch (ClassNotFoundException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {}
  }
}
