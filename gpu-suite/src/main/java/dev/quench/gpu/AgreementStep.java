// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.data.Batch;
import dev.quench.data.Dataset;
import dev.quench.gpu.Measures.Classified;
import dev.quench.graph.Model;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.trt.Engine;
import dev.quench.trt.EngineBuilder;
import dev.quench.trt.QuantizedConvolutions;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;

/// Do engines agree with ONNX Runtime, in INT8 and in floating point?
final class AgreementStep implements GpuStep {
  private static final int BATCH = 200;

  @Override
  public String name() {
    return "agreement";
  }

  @Override
  public int limitSeconds() {
    return 240;
  }

  @Override
  public void run(ObjectNode result, Runnable flush) throws IOException {
    classifier(result.putObject("nin"), flush);
    detector(result.putObject(SuiteModels.DETECTOR), flush);
  }

  private static void classifier(ObjectNode result, Runnable flush) throws IOException {
    Model model = SuiteModels.nin();
    Dataset test = SuiteModels.fashion(false);
    result.put("samples", test.size());
    Classified expected = onnxRuntime(model, test);
    result.put("onnxRuntimeFp32Top1", expected.top1());
    Model quantized = QuantizedConvolutions.of(model, first(SuiteModels.fashion(true), 512));
    Classified int8 = onnxRuntime(quantized, test);
    result.put("onnxRuntimeInt8Top1", int8.top1());
    flush.run();
    for (Precision precision :
        new Precision[] {Precision.INT8, Precision.FP16, Precision.TF32, Precision.FP32}) {
      Model built = precision == Precision.INT8 ? quantized : model;
      Classified reference = precision == Precision.INT8 ? int8 : expected;
      ObjectNode node = result.putObject("tensorRt" + precision);
      try (Engine engine =
              EngineBuilder.of(built).precision(precision).batch(1, BATCH, BATCH).build();
          Session session = engine.openSession()) {
        Classified actual = Measures.classify(session, test, BATCH);
        node.put("top1", actual.top1());
        node.put("top1PointsFromOnnxRuntime", 100 * (actual.top1() - reference.top1()));
        Measures.compare(node, reference.logits(), actual.logits());
        ObjectNode layers = node.putObject("layersByPrecision");
        engine.buildReport().orElseThrow().layers().countsByPrecision().forEach(layers::put);
      }
      flush.run();
    }
  }

  private static void detector(ObjectNode result, Runnable flush) throws IOException {
    Model model = SuiteModels.detector();
    String input = model.graph().requiredInputs().getFirst().name();
    Map<String, Tensor> pages = Map.of(input, SuiteModels.pages(2, 11));
    Model quantized = QuantizedConvolutions.of(model, Map.of(input, SuiteModels.pages(2, 12)));
    Tensor expected = onnxRuntime(model, pages);
    Tensor int8 = onnxRuntime(quantized, pages);
    for (Precision precision : new Precision[] {Precision.INT8, Precision.FP16, Precision.FP32}) {
      Model built = precision == Precision.INT8 ? quantized : model;
      Shape shape = Shape.of(2, 3, 320, 320);
      ObjectNode node = result.putObject("tensorRt" + precision);
      try (Engine engine =
              EngineBuilder.of(built)
                  .precision(precision)
                  .profile(input, shape, shape, shape)
                  .build();
          Session session = engine.openSession()) {
        Measures.compare(
            node, precision == Precision.INT8 ? int8 : expected, Measures.only(session.run(pages)));
        node.put("buildSeconds", engine.buildReport().orElseThrow().seconds());
      }
      flush.run();
    }
  }

  private static Classified onnxRuntime(Model model, Dataset data) throws IOException {
    try (Session session = new OnnxRuntimeBackend().open(model, threads())) {
      return Measures.classify(session, data, BATCH);
    }
  }

  private static Tensor onnxRuntime(Model model, Map<String, Tensor> inputs) {
    try (Session session = new OnnxRuntimeBackend().open(model, threads())) {
      return Measures.only(session.run(inputs));
    }
  }

  private static SessionOptions threads() {
    return SessionOptions.DEFAULT.withThreads(Runtime.getRuntime().availableProcessors());
  }

  static Map<String, Tensor> first(Dataset data, int samples) throws IOException {
    try (Stream<Batch> batches = data.batches(samples)) {
      return batches.findFirst().orElseThrow().inputs();
    }
  }
}
