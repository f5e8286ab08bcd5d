// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli;

import dev.quench.calibration.CalibrationTable;
import dev.quench.calibration.Calibrator;
import dev.quench.calibration.RangeMethod;
import dev.quench.calibration.TensorRtCache;
import dev.quench.calibration.TensorRtVersion;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.data.AtomicFile;
import dev.quench.data.Dataset;
import dev.quench.data.Normalization;
import dev.quench.eval.Backends;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.EvaluationReport;
import dev.quench.eval.LayerErrors;
import dev.quench.eval.Notice;
import dev.quench.eval.RangeHistograms;
import dev.quench.eval.ReportSection;
import dev.quench.eval.TopK;
import dev.quench.graph.Model;
import dev.quench.graph.ModelDigest;
import dev.quench.onnx.OnnxWriter;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.Precision;
import dev.quench.run.SessionOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The whole way on the bundled data and model.
@Command(
    name = "demo",
    header = "The whole way on bundled data: fuse, calibrate, quantize, evaluate.",
    descriptionHeading = "%n",
    description = {
      "The whole way on the bundled Fashion-MNIST images and trained network: fuse, calibrate, quantize to INT8, evaluate "
          + "on every backend there is, report. Takes a minute or two without a GPU.",
      "Run again into the same folder, it reuses the calibration table while that is valid."
    },
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = "  quench demo --out quench-demo")
final class DemoCommand extends QuenchCommand {
  private static final String INPUT = "image";
  private static final int CALIBRATION_IMAGES = 1000;
  private static final int CALIBRATION_BATCH = 50;
  private static final int EVALUATION_BATCH = 100;
  private static final int LAYER_ERROR_SAMPLES = 32;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quench-demo",
      description = "Folder for all files, made if it is not there; default ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description =
          "Exit with 3 when a variant loses more than this many points of top-1 against FP32.")
  private @Nullable Double maxDrop;

  @Option(
      names = "--images",
      paramLabel = "N",
      hidden = true,
      description = "Evaluate on the first N test images only, and calibrate on at most as many.")
  private @Nullable Integer images;

  private final Steps steps = new Steps(this);

  @Override
  void execute() throws IOException {
    if (images != null && images < 1) {
      throw wrongUsage("--images must be 1 or more, got " + images);
    }
    OutputFile.prepareFolder(out);
    Path fp32 = out.resolve("nin.fp32.onnx");
    Path int8 = out.resolve("nin.int8.onnx");
    Path table = out.resolve("calibration.json");
    Path cache = out.resolve("calibration.cache");
    Path json = out.resolve("report.json");
    Path html = out.resolve("report.html");
    OutputFile.check(fp32, int8, table, cache, json, html);

    Model model = BundledSample.model();
    Normalization normalization = new NormalizationOptions().normalization(model);
    Dataset training =
        BundledSample.images(true, normalization, INPUT).limit(limit(CALIBRATION_IMAGES));
    Dataset test = BundledSample.images(false, normalization, INPUT);
    Dataset evaluated = images == null ? test : test.limit(images);
    steps.done(
        "read %s (%d nodes), %d test and %d training images",
        BundledSample.MODEL, model.graph().nodes().size(), evaluated.size(), training.size());

    Preparation.forQuantization(model);
    OnnxWriter.write(model, fp32);
    steps.done("fused to %d nodes: %s", model.graph().nodes().size(), fp32);

    CalibrationTable ranges = calibrated(model, training, table, cache);
    Model quantized = model.copy();
    QuantizationReport quantization = new InsertQdq(ranges, QdqOptions.DEFAULT).insert(quantized);
    OnnxWriter.write(quantized, int8);
    steps.done("quantized %d layers to INT8: %s", quantization.layers().size(), int8);

    EvaluationReport report = evaluate(evaluated, model, fp32, quantized, int8);
    AtomicFile.writeString(json, report.toJson());
    List<ReportSection> sections = new ArrayList<>();
    sections.add(layerErrors(model, quantized, test));
    if (ranges.hasHistograms()) {
      sections.add(RangeHistograms.of(ranges));
    }
    AtomicFile.writeString(
        html,
        report.toHtml(
            "Quench demo: Network-in-Network on Fashion-MNIST, FP32 and INT8",
            sections.toArray(ReportSection[]::new)));
    steps.done("evaluated: %s, %s", json, html);
    say("");
    say(report.toTable());
    report.skipped().forEach(notice -> say("not run: " + notice));
    say(
        "everything is in "
            + out.toAbsolutePath().normalize()
            + "; open report.html for the plots");
    report(Json.parse(report.toJson()));
    new Bounds(null, maxDrop).check(report);
  }

  private static LayerErrors layerErrors(Model model, Model quantized, Dataset data)
      throws IOException {
    Backend backend = Backends.named("onnxruntime");
    return LayerErrors.measure(
        new Candidate("nin.fp32", model, backend, Precision.FP32, 0),
        List.of(new Candidate("nin.int8", quantized, backend, Precision.INT8, 0)),
        Samples.of(data, LAYER_ERROR_SAMPLES));
  }

  private long limit(long usual) {
    return images == null ? usual : Math.min(usual, images);
  }

  private CalibrationTable calibrated(Model model, Dataset training, Path table, Path cache)
      throws IOException {
    RangeMethod method = RangeMethod.entropy();
    TableReuse reuse =
        new TableReuse(
            ModelDigest.of(model), QdqPlacement.tensors(model), method, training, Shard.WHOLE);
    CalibrationTable found;
    if (Files.exists(table)
        && reuse.look(table) instanceof TableReuse.Finding.Valid(CalibrationTable valid)) {
      found = HistogramsFile.attach(valid, table);
      steps.done("reused the calibration, which is valid: %s", table);
    } else {
      found =
          Calibrator.using(Backends.named("onnxruntime"))
              .method(method)
              .batchSize(CALIBRATION_BATCH)
              .progress(progress())
              .threads(SessionOptions.DEFAULT.threads())
              .calibrate(model, QdqPlacement.tensors(model), training);
      steps.done(
          "calibrated %d tensors by entropy on %d images: %s",
          found.entries().size(), training.size(), table);
    }
    TensorRtCache text = TensorRtCache.of(found, TensorRtVersion.BUNDLED);
    text.write(cache);
    CalibrationTable vouching = found.vouchingFor(text);
    if (vouching.hasHistograms()) {
      vouching.writeHistograms(HistogramsFile.of(table));
    }
    vouching.write(table);
    return vouching;
  }

  private EvaluationReport evaluate(
      Dataset data, Model model, Path fp32, Model quantized, Path int8) throws IOException {
    Evaluation evaluation =
        Evaluation.on(data).metric(new TopK()).batchSize(EVALUATION_BATCH).progress(progress());
    List<Notice> missing = new ArrayList<>();
    // ONNX Runtime's FP32 comes first: it is there on every machine, so changes refer to it.
    List<Backend> backends = new ArrayList<>(Backends.all());
    backends.sort(Comparator.comparingInt(backend -> backend.name().equals("onnxruntime") ? 0 : 1));
    for (Backend backend : backends) {
      if (backend.availability() instanceof Unavailable(String reason, String remedy)) {
        missing.add(new Notice(backend.name(), reason, remedy));
        continue;
      }
      List<Precision> floats =
          backend.name().equals("tensorrt")
              ? List.of(Precision.FP32, Precision.FP16)
              : List.of(Precision.FP32);
      for (Precision precision : floats) {
        evaluation.add(new Candidate("nin.fp32", model, backend, precision, Files.size(fp32)));
      }
      evaluation.add(
          new Candidate("nin.int8", quantized, backend, Precision.INT8, Files.size(int8)));
    }
    EvaluationReport report = evaluation.run();
    return new EvaluationReport(report.data(), report.results(), missing, report.environment());
  }
}
