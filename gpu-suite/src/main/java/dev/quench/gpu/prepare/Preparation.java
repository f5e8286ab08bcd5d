// SPDX-License-Identifier: Apache-2.0
package dev.quench.gpu.prepare;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.data.array.NpyFile;
import dev.quench.data.array.TensorDataset;
import dev.quench.export.precision.LowerPrecision;
import dev.quench.export.precision.ReducedPrecision;
import dev.quench.gpu.carried.Network;
import dev.quench.gpu.carried.PreparedFolder;
import dev.quench.gpu.carried.Variant;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.ort.OnnxRuntimeBackend;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.calibrate.RangeSource;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Fills the folders `models/` and `references/` of a prepared folder that already contains `data/`
/// and `models/nin-fashion-mnist.onnx`.
///
/// Arguments: `FOLDER FONT [TEST_IMAGES]`. TEST_IMAGES is the number of test images with classifier
/// references; all by default.
public final class Preparation {
  private static final int CALIBRATION_IMAGES = 512;
  private static final int BATCH = 200;
  private static final OnnxRuntimeBackend BACKEND = new OnnxRuntimeBackend();

  private final PreparedFolder folder;
  private final TextImages images;
  private final long testImages;

  private Preparation(PreparedFolder folder, TextImages images, long testImages) {
    this.folder = folder;
    this.images = images;
    this.testImages = testImages;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length < 2 || arguments.length > 3) {
      System.err.println("gpu-suite: expected FOLDER FONT [TEST_IMAGES]");
      System.exit(2);
    }
    long testImages = arguments.length > 2 ? Long.parseLong(arguments[2]) : Long.MAX_VALUE;
    new Preparation(
            new PreparedFolder(Path.of(arguments[0])),
            TextImages.in(Path.of(arguments[1])),
            testImages)
        .run();
  }

  private void run() throws IOException {
    Files.createDirectories(folder.reference("."));
    classifier();
    text(Network.DETECTION, "ch_PP-OCRv4_det_infer.onnx");
    text(Network.RECOGNITION, "ch_PP-OCRv4_rec_infer.onnx");
  }

  private void classifier() throws IOException {
    Dataset calibration = folder.fashion(true).limit(CALIBRATION_IMAGES);
    Model model = folder.model(Network.NIN, Variant.FLOAT);
    CalibrationTable all =
        calibrator().method(RangeMethod.entropy()).calibrate(model, tensors(model), calibration);
    for (RangeMethod method :
        List.of(RangeMethod.entropy(), new RangeMethod.TensorRtEntropy(), RangeMethod.minMax())) {
      all.reestimated(method).write(folder.tableFile(method.spelling()));
    }
    Model quantized = quantized(model, calibration);
    write(Network.NIN, Variant.INT8, quantized);
    Dataset test = folder.fashion(false).limit(testImages);
    String shape = Network.NIN.shapes().getFirst();
    NpyFile.write(folder.outputsFile(Network.NIN, Variant.FLOAT, shape), logits(model, test));
    NpyFile.write(folder.outputsFile(Network.NIN, Variant.INT8, shape), logits(quantized, test));
  }

  private void text(Network network, String resource) throws IOException {
    Model model = bundled(resource);
    write(network, Variant.FLOAT, model);
    Tensor seen = network == Network.DETECTION ? images.pages(8, 320, 1) : images.lines(16, 320, 1);
    Model quantized =
        quantized(model, TensorDataset.of("drawn text", Map.of(network.input(), seen)));
    write(network, Variant.INT8, quantized);
    for (String shape : network.shapes()) {
      int width = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
      Tensor inputs =
          network == Network.DETECTION ? images.pages(2, width, 2) : images.lines(2, width, 2);
      NpyFile.write(folder.inputsFile(network, shape), inputs);
      Map<String, Tensor> fed = Map.of(network.input(), inputs);
      NpyFile.write(folder.outputsFile(network, Variant.FLOAT, shape), output(model, fed));
      NpyFile.write(folder.outputsFile(network, Variant.INT8, shape), output(quantized, fed));
    }
  }

  private void write(Network network, Variant variant, Model model) throws IOException {
    OnnxWriter.write(model, folder.modelFile(network, variant));
  }

  /// Quantizes like `quantize`, then converts like `export --precision fp16`.
  private static Model quantized(Model model, Dataset calibration) throws IOException {
    Model quantized = model.copy();
    CalibrationSettings settings = CalibrationSettings.DEFAULT.withMethod(RangeMethod.auto());
    QuantizationRecipe.of(quantized, new RangeSource.Data(calibration, settings)).run();
    LowerPrecision.to(ReducedPrecision.FP16).apply(quantized);
    return quantized;
  }

  private static Calibrator calibrator() {
    return Calibrator.using(BACKEND).threads(Runtime.getRuntime().availableProcessors());
  }

  /// Inputs and the outputs of all computing nodes: the tensors that TensorRT's calibration cache
  /// names.
  private static Set<String> tensors(Model model) {
    Set<String> names = new LinkedHashSet<>();
    model.graph().requiredInputs().forEach(input -> names.add(input.name()));
    for (Node node : model.graph().nodes()) {
      for (Value output : node.outputs()) {
        if (output.constant().isEmpty()) {
          names.add(output.name());
        }
      }
    }
    return names;
  }

  private static Tensor logits(Model model, Dataset data) throws IOException {
    List<Tensor> parts = new ArrayList<>();
    try (Session session = open(model);
        Stream<Batch> batches = data.batches(BATCH)) {
      batches.forEach(batch -> parts.add(only(session.run(batch.inputs()))));
    }
    long width = parts.getFirst().shape().size(1);
    float[] all = new float[Math.toIntExact(data.size() * width)];
    int at = 0;
    for (Tensor part : parts) {
      float[] values = part.toFloats();
      System.arraycopy(values, 0, all, at, values.length);
      at += values.length;
    }
    return Tensor.ofFloats(Shape.of(data.size(), width), all);
  }

  private static Tensor output(Model model, Map<String, Tensor> inputs) {
    try (Session session = open(model)) {
      return only(session.run(inputs));
    }
  }

  /// Opens the model without graph optimization, because fusions of ONNX Runtime fail at the
  /// boundary to FP16. The backend rounds quantized tensors as the standard defines; ONNX Runtime
  /// alone does not in FP16.
  static Session open(Model model) {
    return BACKEND.open(
        model,
        SessionOptions.DEFAULT
            .withOptimization(false)
            .withThreads(Runtime.getRuntime().availableProcessors()));
  }

  private static Tensor only(Map<String, Tensor> outputs) {
    return outputs.values().iterator().next();
  }

  private static Model bundled(String name) throws IOException {
    try (InputStream in =
        Preparation.class.getClassLoader().getResourceAsStream("models/" + name)) {
      if (in == null) {
        throw new IOException("models/" + name + " is not on the class path");
      }
      return OnnxReader.read(in.readAllBytes(), name);
    }
  }
}
