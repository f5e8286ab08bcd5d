// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.graph.Model;
import dev.quench.run.Precision;
import dev.quench.run.TensorSpec;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.DeviceTensor;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.ExecutionContext;
import dev.quench.trt.RunOptions;
import dev.quench.trt.StagedSession;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Map;

/// What does an inference cost the host beyond TensorRT's own enqueue, and does it allocate? Inputs
/// and outputs stay on the GPU, so that nothing else is measured.
final class OverheadStep implements GpuStep {
  private static final int WARM_UP = 5_000;
  private static final int CALLS = 20_000;

  @Override
  public String name() {
    return "overhead";
  }

  @Override
  public int limitSeconds() {
    return 120;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) throws Exception {
    Model model = SuiteModels.nin();
    try (Engine engine = EngineBuilder.of(model).precision(Precision.FP16).batch(1, 1, 8).build()) {
      for (boolean graphs : new boolean[] {false, true}) {
        measure(
            result.putObject(graphs ? "cudaGraph" : "enqueueV3"),
            engine,
            RunOptions.DEFAULT.withCudaGraphs(graphs));
        flush.run();
      }
    }
  }

  private static void measure(ObjectNode result, Engine engine, RunOptions options) {
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
        result.put("allocatedBytesPerCall", (allocatedBytes() - allocated) / (double) CALLS);
        result.put("captured", context.isCaptured());
        result.put("ourEnqueueMicrosP50", median(whole) / 1e3);
        double own = nativeEnqueueMicros(engine, options, input, shape);
        result.put("nativeEnqueueMicrosP50", own);
        result.put("overheadMicros", median(whole) / 1e3 - own);
      }
    }
  }

  /// Of enqueueV3 or the launch of the graph alone.
  private static double nativeEnqueueMicros(
      Engine engine, RunOptions options, TensorSpec input, Shape shape) {
    Map<String, Tensor> inputs =
        Map.of(input.name(), Tensor.ofFloats(shape, new float[(int) shape.elements()]));
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
