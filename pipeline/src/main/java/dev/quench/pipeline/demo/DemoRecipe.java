// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.demo;

import dev.quench.calibration.table.CalibrationTable;
import dev.quench.data.annotation.ClassNames;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.LayerErrors;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.metric.classification.TopK;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.onnx.PackedWeights;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.pipeline.Steps;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationResult;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.report.ChangedSamples;
import dev.quench.report.EvaluationReport;
import dev.quench.report.GateVerdict;
import dev.quench.report.Notice;
import dev.quench.report.RangeHistograms;
import dev.quench.report.ReportSection;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.run.dataset.Dataset;
import dev.quench.xnor.XnorBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The whole way: fuse, calibrate, quantize to INT8, run a second network with 1-bit weights and
/// activations, evaluate on every backend of this machine, report. Run again into the same folder,
/// it reuses the calibration while that is valid.
public final class DemoRecipe {
  /// Group of the INT8 network in the report.
  public static final String INT8_GROUP = "nin";

  /// Group of the 1-bit network in the report.
  public static final String BINARY_GROUP = "vgg";

  private static final int CALIBRATION_IMAGES = 1000;
  private static final int EVALUATION_BATCH = 100;
  private static final int LAYER_ERROR_SAMPLES = 32;

  private final DemoNetworks networks;
  private final Dataset training;
  private final Dataset test;
  private final DemoFiles files;
  private final RecipeListener listener;
  private final Steps steps;

  private DemoRecipe(
      DemoNetworks networks,
      Dataset training,
      Dataset test,
      DemoFiles files,
      RecipeListener listener) {
    this.networks = networks;
    this.training = training;
    this.test = test;
    this.files = files;
    this.listener = listener;
    this.steps = new Steps(listener);
  }

  /// @param training the first 1,000 samples calibrate
  /// @param test labelled; all of it evaluates
  /// @return accuracy, size and latency of each variant; one whose backend is missing is skipped
  /// @throws IOException if a file cannot be written
  public static EvaluationReport run(
      DemoNetworks networks,
      Dataset training,
      Dataset test,
      DemoFiles files,
      RecipeListener listener)
      throws IOException {
    return new DemoRecipe(networks, training.limit(CALIBRATION_IMAGES), test, files, listener)
        .run();
  }

  private EvaluationReport run() throws IOException {
    steps.done(
        "read a network of %d nodes, %d test and %d training images",
        networks.nin().graph().nodes().size(), test.size(), training.size());
    PreparedModel nin = PreparedModel.of(networks.nin());
    OnnxWriter.write(nin.model(), files.fp32());
    steps.done("fused to %d nodes: %s", nin.model().graph().nodes().size(), files.fp32());
    Model exact = nin.model().copy();
    CalibrationTable ranges = calibrate(nin);
    Model forOnnxRuntime = quantize(exact.copy(), ranges, QuantizedForm.ONNX_RUNTIME);
    Model forTensorRt = quantize(nin.model(), ranges, QuantizedForm.TENSORRT);
    Model packed = binary();
    EvaluationReport report = evaluate(exact, forOnnxRuntime, forTensorRt, packed);
    AtomicFile.writeString(files.json(), report.toJson());
    List<String> classNames = ClassNames.ofSet("fashion-mnist").orElseThrow();
    List<ReportSection> sections =
        List.of(
            ChangedSamples.of(report, test, classNames),
            layerErrors(exact, forOnnxRuntime),
            RangeHistograms.of(ranges));
    AtomicFile.writeString(
        files.html(),
        report.toHtml(
            "Quench demo: Fashion-MNIST in FP32, INT8 and 1 bit",
            GateVerdict.NONE,
            classNames,
            sections.toArray(ReportSection[]::new)));
    steps.done("evaluated: %s, %s", files.json(), files.html());
    return report;
  }

  private Model quantize(Model prepared, CalibrationTable ranges, QuantizedForm form)
      throws IOException {
    QuantizedModel int8 =
        QuantizationRecipe.of(PreparedModel.of(prepared), ranges).form(form).run();
    int8.write(files.int8(form));
    steps.done(
        "quantized %d layers to INT8 for %s: %s",
        int8.report().layers().size(), form.target(), files.int8(form));
    return int8.model();
  }

  private CalibrationTable calibrate(PreparedModel nin) throws IOException {
    CalibrationResult found =
        CalibrationRecipe.of(nin, training).writing(files.calibration()).listener(listener).run();
    Path table = files.calibration().table().orElseThrow();
    if (found.reused()) {
      steps.done("reused the calibration, which is valid: %s", table);
    } else {
      steps.done(
          "calibrated %d tensors by entropy on %d images: %s",
          found.table().entries().size(), training.size(), table);
    }
    return found.table();
  }

  /// @return the 1-bit network as it is read from its packed file
  private Model binary() throws IOException {
    PreparedModel.fuse(networks.vgg(), false);
    OnnxWriter.write(networks.vgg(), files.vggFp32());
    OnnxWriter.write(networks.vggBinary(), files.vggBinary());
    Model packed = networks.vggBinary().copy();
    PackedWeights.pack(packed);
    OnnxWriter.write(packed, files.vggPacked());
    steps.done(
        "a second network with 1-bit weights and activations, %d layers on XNOR kernels: %s, packed %s",
        new XnorBackend().plan(networks.vggBinary()).binary().size(),
        files.vggBinary(),
        files.vggPacked());
    return OnnxReader.read(files.vggPacked());
  }

  private EvaluationReport evaluate(
      Model fp32, Model forOnnxRuntime, Model forTensorRt, Model packed) throws IOException {
    Evaluation evaluation =
        Evaluation.on(test)
            .metric(new TopK())
            .batchSize(EVALUATION_BATCH)
            .progress(listener.progress());
    List<Notice> missing = new ArrayList<>();
    // ONNX Runtime's FP32 comes first: every machine has it, so changes are relative to it.
    Backend cpu = Backends.named("onnxruntime");
    evaluation.add(Candidate.of(files.fp32(), fp32, cpu, Precision.FP32, INT8_GROUP));
    evaluation.add(
        Candidate.of(
            files.int8(QuantizedForm.ONNX_RUNTIME),
            forOnnxRuntime,
            cpu,
            Precision.INT8,
            INT8_GROUP));
    Path tensorRtFile = files.int8(QuantizedForm.TENSORRT);
    evaluation.add(Candidate.of(tensorRtFile, forTensorRt, cpu, Precision.INT8, INT8_GROUP));
    Backend gpu = Backends.named("tensorrt");
    if (gpu.availability() instanceof Unavailable(String reason, String remedy)) {
      missing.add(new Notice(gpu.name(), reason, remedy));
    } else {
      evaluation.add(Candidate.of(files.fp32(), fp32, gpu, Precision.FP32, INT8_GROUP));
      evaluation.add(Candidate.of(files.fp32(), fp32, gpu, Precision.FP16, INT8_GROUP));
      evaluation.add(Candidate.of(tensorRtFile, forTensorRt, gpu, Precision.INT8, INT8_GROUP));
    }
    evaluation.add(
        Candidate.of(files.vggFp32(), networks.vgg(), cpu, Precision.FP32, BINARY_GROUP));
    evaluation.add(
        Candidate.of(files.vggBinary(), networks.vggBinary(), cpu, Precision.FP32, BINARY_GROUP));
    evaluation.add(
        Candidate.of(
            files.vggPacked(), packed, Backends.named("xnor"), Precision.FP32, BINARY_GROUP));
    EvaluationReport report = evaluation.run();
    return new EvaluationReport(report.data(), report.results(), missing, report.environment());
  }

  private LayerErrors layerErrors(Model fp32, Model int8) throws IOException {
    Backend backend = Backends.named("onnxruntime");
    return LayerErrors.measure(
        new Candidate("nin.fp32", fp32, backend, Precision.FP32, 0),
        List.of(new Candidate("nin.int8.onnxruntime", int8, backend, Precision.INT8, 0)),
        Samples.of(test, fp32, LAYER_ERROR_SAMPLES));
  }
}
