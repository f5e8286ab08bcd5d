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
import dev.quench.tensor.Tensor;
import dev.quench.trt.build.EngineBuilder;
import dev.quench.trt.execute.LiveObjects;
import dev.quench.trt.execute.RunOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Do 64 threads on one engine get the same outputs as one, and do 20 builds and 10,000 inferences
/// leak memory on the GPU or the host? Needs a heap of fixed size, because heap growth would count
/// as a leak.
public final class EnduranceStep implements GpuStep {
  private static final int THREADS = 64;
  private static final int CALLS_OF_A_THREAD = 50;
  private static final int CONTEXTS = 16;
  private static final int BUILDS = 20;
  private static final int RUNS = 10_000;
  private static final int QUARTERS = 4;
  private static final Bar NOTHING = Bar.atMost(0);

  /// Detects a leak of one plan (600 KB) or one context per build over 15 builds.
  private static final Bar GPU_BYTES_OF_BUILDS = Bar.atMost(8 << 20);

  private static final Bar HOST_BYTES_OF_BUILDS = Bar.atMost(32 << 20);

  /// Detects a leak of the smallest block per run: 512 bytes on the GPU, 2 KiB on the host.
  private static final Bar GPU_BYTES_OF_RUNS = Bar.atMost(2 << 20);

  private static final Bar HOST_BYTES_OF_RUNS = Bar.atMost(16 << 20);

  @Override
  public void run(StepReport report) throws IOException {
    Model model = PreparedFolder.current().model(Network.NIN, Variant.FLOAT);
    Map<String, Tensor> images = Agreement.images(4);
    Engines engines = new Engines(report);
    report.part(
        "64 threads",
        part -> {
          try (BuiltEngine engine = engines.build(part, model, builder(model));
              Session session = engine.session(RunOptions.DEFAULT.withContexts(CONTEXTS))) {
            int threads = report.times(THREADS);
            int calls = report.times(CALLS_OF_A_THREAD);
            part.put("threads", threads)
                .put("contexts", CONTEXTS)
                .put("calls", (long) threads * calls)
                .put("different", different(session, images, threads, calls), NOTHING);
          }
        });
    report.part(
        "20 builds",
        part -> {
          int quarter = report.times(BUILDS) / QUARTERS;
          List<Memory> after = new ArrayList<>();
          for (int i = 1; i <= QUARTERS; i++) {
            for (int build = 0; build < quarter; build++) {
              engines.build(part, model, builder(model)).close();
            }
            after.add(Memory.now().into(part, "after build " + i * quarter));
          }
          grown(part, after, GPU_BYTES_OF_BUILDS, HOST_BYTES_OF_BUILDS);
        });
    report.part(
        "10,000 runs",
        part -> {
          int quarter = report.times(RUNS) / QUARTERS;
          List<Memory> after = new ArrayList<>();
          try (BuiltEngine engine = engines.build(part, model, builder(model));
              Session session = engine.session()) {
            for (int i = 1; i <= QUARTERS; i++) {
              for (int run = 0; run < quarter; run++) {
                session.run(images);
              }
              after.add(Memory.now().into(part, "after run " + i * quarter));
            }
          }
          grown(part, after, GPU_BYTES_OF_RUNS, HOST_BYTES_OF_RUNS);
          part.put("objectsLeft", LiveObjects.now().total(), NOTHING);
        });
  }

  private static EngineBuilder builder(Model model) {
    return EngineBuilder.of(model).precision(Precision.FP16).batch(1, 4, 4).optimizationLevel(0);
  }

  private static int different(Session session, Map<String, Tensor> images, int threads, int calls)
      throws InterruptedException, ExecutionException {
    Tensor expected = Agreement.only(session.run(images));
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<Integer>> counts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        counts.add(
            pool.submit(() -> {
              int different = 0;
              for (int call = 0; call < calls; call++) {
                Tensor received = Agreement.only(session.run(images));
                different += Agreement.equal(expected, received) ? 0 : 1;
              }
              return different;
            }));
      }
      int different = 0;
      for (Future<Integer> count : counts) {
        different += count.get();
      }
      return different;
    }
  }

  /// Compares the last quarter with the first, after which libraries hold all their permanent
  /// memory.
  private static void grown(StepPart part, List<Memory> quarters, Bar gpu, Bar host) {
    Memory before = quarters.getFirst();
    Memory after = quarters.getLast();
    part.put("gpuBytesGrown", after.gpuBytes() - before.gpuBytes(), gpu)
        .put("hostBytesGrown", after.hostBytes() - before.hostBytes(), host)
        .put("objectsGrown", after.objects() - before.objects(), NOTHING);
  }
}
