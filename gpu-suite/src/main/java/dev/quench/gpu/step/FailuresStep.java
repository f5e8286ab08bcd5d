// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.step;

import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.gpu.report.Bar;
import dev.quench.gpu.report.StepPart;
import dev.quench.gpu.report.StepReport;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.tensor.DataType;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.BuildCancelledException;
import dev.quench.trt.TensorRtException;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.build.Int8Calibration;
import dev.quench.trt.execute.DeviceTensor;
import dev.quench.trt.execute.LiveObjects;
import dev.quench.trt.execute.RunOptions;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Does everything work again after the GPU ran out of memory, a calibrator threw or a build was
/// cancelled? Are the outputs with changing profiles the same with and without CUDA graphs?
public final class FailuresStep implements GpuStep {
  private static final Bar NOTHING = Bar.atMost(0);
  private static final Bar ALL = Bar.atLeast(1);

  /// Sizes in bytes of the blocks that exhaust the memory, largest first.
  private static final long[] CHUNKS = {1L << 30, 1L << 26, 1L << 20};

  private final PreparedFolder folder = PreparedFolder.current();

  @Override
  public void run(StepReport report) throws IOException {
    Model model = folder.model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    report.part("profiles under graphs", part -> profiles(engines, part, model));
    report.part("cancelled build", part -> cancelled(engines, part, model));
    report.part("calibrator that throws", part -> brokenCalibrator(engines, part, model));
    report.part("out of device memory", part -> outOfMemory(engines, part, model));
  }

  private static void profiles(Engines engines, StepPart part, Model model) throws IOException {
    Shape one = Shape.of(1, 1, 28, 28);
    EngineBuilder builder =
        EngineBuilder.of(model)
            .precision(Precision.FP16)
            .optimizationLevel(0)
            .profile(Network.NIN.input(), one, one, one)
            .anotherProfile()
            .profile(
                Network.NIN.input(),
                Shape.of(2, 1, 28, 28),
                Shape.of(16, 1, 28, 28),
                Shape.of(32, 1, 28, 28));
    try (BuiltEngine engine = engines.build(part, model, builder);
        Session plain = engine.session(new RunOptions(1, false));
        Session recorded = engine.session(new RunOptions(1, true))) {
      int different = 0;
      int[] batches = {1, 1, 1, 1, 16, 16, 16, 16, 1, 1, 8, 8, 8, 16, 1};
      for (int batch : batches) {
        Map<String, Tensor> images = Agreement.images(batch);
        Tensor expected = Agreement.only(plain.run(images));
        different += Agreement.equal(expected, Agreement.only(recorded.run(images))) ? 0 : 1;
      }
      part.put("calls", batches.length).put("different", different, NOTHING);
    }
  }

  private static void cancelled(Engines engines, StepPart part, Model model) throws IOException {
    AtomicInteger asked = new AtomicInteger();
    try {
      quick(model).cancelWhen(() -> asked.incrementAndGet() > 2).build().close();
      part.put("wasCancelled", 0, ALL);
    } catch (BuildCancelledException e) {
      part.put("wasCancelled", 1, ALL);
    }
    worksAgain(engines, part, model);
  }

  private void brokenCalibrator(Engines engines, StepPart part, Model model) throws IOException {
    Int8Calibration calibration =
        new Int8Calibration.Batches(
            new BrokenDataset(folder.fashion(true).limit(64)),
            4,
            Int8Calibration.Calibrator.ENTROPY);
    try {
      quick(model).implicitInt8(calibration).build().close();
      part.put("failedForItsReason", 0, ALL);
    } catch (RuntimeException e) {
      if (!Engines.isCausedBy(e, BrokenDataset.REASON)) {
        throw e;
      }
      part.put("failedForItsReason", 1, ALL);
    }
    worksAgain(engines, part, model);
  }

  /// Fills the GPU memory, tries a build and a session, and frees the memory.
  private static void outOfMemory(Engines engines, StepPart part, Model model) throws IOException {
    Map<String, Tensor> images = Agreement.images(4);
    try (BuiltEngine engine = engines.build(part, model, quick(model));
        Session session = engine.session()) {
      Tensor expected = Agreement.only(session.run(images));
      Deque<DeviceTensor> taken = new ArrayDeque<>();
      try {
        part.put("refusal", fill(taken));
        long bytes = taken.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
        part.put("gpuBytesTaken", bytes);
        part.put("build", attempt(() -> quick(model).build().close()));
        part.put(
            "session",
            attempt(() -> {
              try (Session another = engine.session()) {
                another.run(images);
              }
            }));
      } finally {
        taken.forEach(DeviceTensor::close);
      }
      Tensor again = Agreement.only(session.run(images));
      part.put("differentAfterwards", Agreement.equal(expected, again) ? 0 : 1, NOTHING);
    }
    worksAgain(engines, part, model);
  }

  /// @return the message of the last refused allocation
  private static String fill(Deque<DeviceTensor> taken) {
    String refusal = "";
    for (long bytes : CHUNKS) {
      try {
        while (true) {
          taken.push(DeviceTensor.allocate(DataType.INT8, Shape.of(bytes)));
        }
      } catch (TensorRtException e) {
        refusal = String.valueOf(e.getMessage());
      }
    }
    return refusal;
  }

  /// Runs an action that may fail while the memory is full, but must not crash, and describes the
  /// result.
  private static String attempt(Runnable action) {
    try {
      action.run();
      return "works";
    } catch (TensorRtException e) {
      return "refused: " + e.getMessage();
    }
  }

  private static void worksAgain(Engines engines, StepPart part, Model model) throws IOException {
    try (BuiltEngine engine = engines.build(part, model, quick(model));
        Session session = engine.session()) {
      part.put("worksAgain", Agreement.only(session.run(Agreement.images(2))).toString());
    }
    part.put("objectsLeft", LiveObjects.now().total(), NOTHING);
  }

  private static EngineBuilder quick(Model model) {
    return EngineBuilder.of(model).precision(Precision.FP16).batch(1, 4, 4).optimizationLevel(0);
  }
}
