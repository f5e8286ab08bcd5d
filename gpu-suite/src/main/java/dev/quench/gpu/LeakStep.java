// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.graph.Model;
import dev.quench.run.Session;
import dev.quench.tensor.Tensor;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.LiveObjects;
import java.io.IOException;
import java.util.Map;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/// Do 10,000 inferences and 20 builds leave anything behind, on the GPU or on the host?
final class LeakStep implements GpuStep {
  private static final int BUILDS = 20;
  private static final int INFERENCES = 10_000;

  @Override
  public String name() {
    return "leaks";
  }

  @Override
  public int limitSeconds() {
    return 240;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) throws IOException {
    Model model = SuiteModels.nin();
    Map<String, Tensor> samples = AgreementStep.first(SuiteModels.fashion(true), 4);
    build(model).close(); // what libraries keep for good
    note(result.putObject("before"));
    ObjectNode builds = result.putObject("builds");
    for (int i = 1; i <= BUILDS; i++) {
      build(model).close();
      if (i % 5 == 0) {
        note(builds.putObject(Integer.toString(i)));
        flush.run();
      }
    }
    ObjectNode inferences = result.putObject("inferences");
    try (Engine engine = build(model);
        Session session = engine.openSession()) {
      for (int i = 1; i <= INFERENCES; i++) {
        session.run(samples);
        if (i == 100 || i % 2500 == 0) {
          note(inferences.putObject(Integer.toString(i)));
          flush.run();
        }
      }
    }
    note(result.putObject("after"));
    long left = LiveObjects.now().total();
    if (left != 0) {
      throw new AssertionError(left + " native objects are left: " + LiveObjects.now());
    }
  }

  private static Engine build(Model model) {
    return EngineBuilder.of(model).batch(1, 4, 4).optimizationLevel(0).build();
  }

  private static void note(ObjectNode node) {
    System.gc();
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer total = new SizeTPointer(1)) {
      node.put("cudaError", cudart.cudaMemGetInfo(free, total));
      node.put("gpuFreeBytes", free.get());
    }
    node.put("hostResidentBytes", Pointer.physicalBytes());
    node.put("liveNativeObjects", LiveObjects.now().total());
  }
}
