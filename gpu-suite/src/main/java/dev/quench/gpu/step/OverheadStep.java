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
import dev.quench.run.StagedSession;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.execute.DeviceTensor;
import dev.quench.trt.execute.Engine;
import dev.quench.trt.execute.ExecutionContext;
import dev.quench.trt.execute.RunOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Map;

/// Are outputs the same with and without CUDA graphs, how much host time does an inference add to
/// TensorRT's enqueue, and does it allocate? Inputs and outputs stay on the GPU during the
/// measurement, so that copies do not count.
public final class OverheadStep implements GpuStep {
  private static final int WARM_UP = 5_000;
  private static final int CALLS = 20_000;
  private static final int COMPARED = 12;
  private static final Bar OVERHEAD_MICROS = Bar.atMost(10);
  private static final Bar NOTHING = Bar.atMost(0);

  @Override
  public void run(StepReport report) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    Engines engines = new Engines(report);
    report.part(
        "equal with and without graphs",
        part -> {
          try (BuiltEngine engine = engines.build(part, model, builder(model));
              Session plain = engine.session(RunOptions.DEFAULT.withCudaGraphs(false));
              Session recorded = engine.session(RunOptions.DEFAULT.withCudaGraphs(true))) {
            int different = 0;
            for (int i = 0; i < COMPARED; i++) {
              Map<String, Tensor> images = Agreement.images(i % 6 < 4 ? 4 : 2);
              different +=
                  Agreement.equal(
                          Agreement.only(plain.run(images)), Agreement.only(recorded.run(images)))
                      ? 0
                      : 1;
            }
            part.put("calls", COMPARED).put("different", different, NOTHING);
          }
        });
    for (boolean graphs : new boolean[] {false, true}) {
      report.part(
          graphs ? "host time with a graph" : "host time with enqueueV3",
          part -> {
            try (BuiltEngine engine = engines.build(part, model, builder(model))) {
              measure(part, engine.engine(), RunOptions.DEFAULT.withCudaGraphs(graphs));
            }
          });
    }
  }

  private static EngineBuilder builder(Model model) {
    return EngineBuilder.of(model).precision(Precision.FP16).batch(1, 1, 8);
  }

  private static void measure(StepPart part, Engine engine, RunOptions options) {
    TensorSpec input = engine.inputs().getFirst();
    TensorSpec output = engine.outputs().getFirst();
    Shape shape = Shape.of(1, 1, 28, 28);
    try (DeviceTensor fed = DeviceTensor.allocate(input.dataType(), shape);
        ExecutionContext context = engine.openContext(options)) {
      context.input(input.name(), fed);
      try (DeviceTensor made =
          DeviceTensor.allocate(output.dataType(), context.outputShape(output.name()))) {
        context.output(output.name(), made);
        long[] whole = new long[CALLS];
        for (int i = 0; i < WARM_UP; i++) {
          context.run();
        }
        long allocated = allocatedBytes();
        for (int i = 0; i < CALLS; i++) {
          long before = System.nanoTime();
          context.enqueue();
          whole[i] = System.nanoTime() - before;
          context.synchronize();
        }
        double bytes = (allocatedBytes() - allocated) / (double) CALLS;
        double own = nativeEnqueueMicros(engine, options, input, shape);
        part.put("captured", context.isCaptured())
            .put("allocatedBytesPerCall", bytes, Bar.atMost(1))
            .put("ourEnqueueMicrosP50", median(whole) / 1e3)
            .put("nativeEnqueueMicrosP50", own)
            .put("overheadMicros", median(whole) / 1e3 - own, OVERHEAD_MICROS);
      }
    }
  }

  /// Host time of enqueueV3 or the graph launch alone.
  private static double nativeEnqueueMicros(
      Engine engine, RunOptions options, TensorSpec input, Shape shape) {
    Map<String, Tensor> inputs =
        Map.of(input.name(), Tensor.ofFloats(shape, new float[Math.toIntExact(shape.elements())]));
    try (StagedSession session = engine.openSession(options)) {
      for (int i = 0; i < WARM_UP; i++) {
        session.time(inputs);
      }
      long[] nanos = new long[CALLS];
      for (int i = 0; i < CALLS; i++) {
        nanos[i] = Math.round(session.time(inputs).enqueue() * 1e6);
      }
      return median(nanos) / 1e3;
    }
  }

  private static double median(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}
