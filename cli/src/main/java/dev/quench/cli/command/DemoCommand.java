// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import dev.quench.calibration.Calibrator;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.calibration.tensorrt.TensorRtCache;
import dev.quench.calibration.tensorrt.TensorRtVersion;
import dev.quench.cli.converter.Shard;
import dev.quench.cli.option.Bounds;
import dev.quench.cli.option.BundledSample;
import dev.quench.cli.option.NormalizationOptions;
import dev.quench.cli.option.Preparation;
import dev.quench.cli.option.Samples;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Steps;
import dev.quench.compress.quantize.InsertQdq;
import dev.quench.compress.quantize.QdqOptions;
import dev.quench.compress.quantize.QdqPlacement;
import dev.quench.compress.quantize.QuantizationReport;
import dev.quench.data.image.Normalization;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.eval.LayerErrors;
import dev.quench.graph.Model;
import dev.quench.graph.digest.ModelDigest;
import dev.quench.io.AtomicFile;
import dev.quench.metric.classification.TopK;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.onnx.PackedWeights;
import dev.quench.report.EvaluationReport;
import dev.quench.report.Notice;
import dev.quench.report.RangeHistograms;
import dev.quench.report.ReportSection;
import dev.quench.run.Availability.Unavailable;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Precision;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.xnor.XnorBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// The whole way on the bundled data and model.
@Command(
    name = "demo",
    header = "The whole way on bundled data: fuse, calibrate, INT8, 1 bit, evaluate.",
    descriptionHeading = "%n",
    description = {
      "The whole way on the bundled Fashion-MNIST images and trained networks: fuse, calibrate, quantize to INT8, run a "
          + "second network with 1-bit weights and activations, evaluate on every backend there is, report. Takes a minute or two without a GPU.",
      "Run again into the same folder, it reuses the calibration table while that is valid."
    },
    optionListHeading = "%n",
    footerHeading = "%nExample:%n",
    footer = "  quench demo --out quench-demo")
public final class DemoCommand extends QuenchCommand {
  private static final String INPUT = "image";
  private static final int CALIBRATION_IMAGES = 1000;
  private static final int CALIBRATION_BATCH = 50;
  private static final int EVALUATION_BATCH = 100;
  private static final int LAYER_ERROR_SAMPLES = 32;
  private static final String INT8_GROUP = "nin";
  private static final String BINARY_GROUP = "vgg";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "quench-demo",
      description = "Folder for all files, made if it is not there; default ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--max-drop",
      paramLabel = "POINTS",
      description = "Exit with 3 when INT8 loses more than this many points of top-1 against FP32.")
  private @Nullable Double maxDrop;

  @Option(
      names = "--max-binary-drop",
      paramLabel = "POINTS",
      description = "The same for the 1-bit network.")
  private @Nullable Double maxBinaryDrop;

  @Option(
      names = "--images",
      paramLabel = "N",
      hidden = true,
      description = "Evaluate on the first N test images only, and calibrate on at most as many.")
  private @Nullable Integer images;

  private final Steps steps = new Steps(this);

  @Override
  public void execute() throws IOException {
    if (images != null && images < 1) {
      throw wrongUsage("--images must be 1 or more, got " + images);
    }
    OutputFile.prepareFolder(out);
    Path fp32 = out.resolve("nin.fp32.onnx");
    Path int8 = out.resolve("nin.int8.onnx");
    Path vggFp32 = out.resolve("vgg.fp32.onnx");
    Path vggBinary = out.resolve("vgg.w1a1.onnx");
    Path vggPacked = out.resolve("vgg.w1a1.packed.onnx");
    Path table = out.resolve("calibration.json");
    Path cache = out.resolve("calibration.cache");
    Path json = out.resolve("report.json");
    Path html = out.resolve("report.html");
    OutputFile.check(fp32, int8, vggFp32, vggBinary, vggPacked, table, cache, json, html);

    Model model = BundledSample.model(BundledSample.MODEL);
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

    Model vgg = BundledSample.model(BundledSample.VGG);
    Preparation.fuse(vgg, false);
    OnnxWriter.write(vgg, vggFp32);
    Model binary = BundledSample.model(BundledSample.VGG_BINARY);
    OnnxWriter.write(binary, vggBinary);
    Model packed = binary.copy();
    PackedWeights.pack(packed);
    OnnxWriter.write(packed, vggPacked);
    steps.done(
        "a second network with 1-bit weights and activations, %d layers on XNOR kernels: %s, packed %s",
        new XnorBackend().plan(binary).binary().size(), vggBinary, vggPacked);

    EvaluationReport report =
        evaluate(
            evaluated,
            new Variant("nin.fp32", model, fp32),
            new Variant("nin.int8", quantized, int8),
            new Variant("vgg.fp32", vgg, vggFp32),
            new Variant("vgg.w1a1", binary, vggBinary),
            new Variant("vgg.w1a1.packed", OnnxReader.read(vggPacked), vggPacked));
    AtomicFile.writeString(json, report.toJson());
    List<ReportSection> sections = new ArrayList<>();
    sections.add(layerErrors(model, quantized, test));
    if (ranges.hasHistograms()) {
      sections.add(RangeHistograms.of(ranges));
    }
    AtomicFile.writeString(
        html,
        report.toHtml(
            "Quench demo: Fashion-MNIST in FP32, INT8 and 1 bit",
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
    new Bounds(null, maxDrop).check(only(report, INT8_GROUP));
    new Bounds(null, maxBinaryDrop).check(only(report, BINARY_GROUP));
  }

  private static EvaluationReport only(EvaluationReport report, String group) {
    return new EvaluationReport(
        report.data(),
        report.results().stream().filter(result -> result.group().equals(group)).toList(),
        report.skipped(),
        report.environment());
  }

  private static LayerErrors layerErrors(Model model, Model quantized, Dataset data)
      throws IOException {
    Backend backend = Backends.named("onnxruntime");
    return LayerErrors.measure(
        new Candidate("nin.fp32", model, backend, Precision.FP32, 0),
        List.of(new Candidate("nin.int8", quantized, backend, Precision.INT8, 0)),
        Samples.of(data, model, LAYER_ERROR_SAMPLES));
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

  /// @param binary the 1-bit network as an ordinary file, and packed
  private EvaluationReport evaluate(
      Dataset data, Variant fp32, Variant int8, Variant vgg, Variant binary, Variant packed)
      throws IOException {
    Evaluation evaluation =
        Evaluation.on(data).metric(new TopK()).batchSize(EVALUATION_BATCH).progress(progress());
    List<Notice> missing = new ArrayList<>();
    // ONNX Runtime's FP32 comes first: it is there on every machine, so changes refer to it.
    List<Backend> general = List.of(Backends.named("onnxruntime"), Backends.named("tensorrt"));
    for (Backend backend : general) {
      if (backend.availability() instanceof Unavailable(String reason, String remedy)) {
        missing.add(new Notice(backend.name(), reason, remedy));
        continue;
      }
      boolean gpu = backend.name().equals("tensorrt");
      for (Precision precision :
          gpu ? List.of(Precision.FP32, Precision.FP16) : List.of(Precision.FP32)) {
        evaluation.add(fp32.on(backend, precision, INT8_GROUP));
      }
      evaluation.add(int8.on(backend, Precision.INT8, INT8_GROUP));
    }
    Backend cpu = Backends.named("onnxruntime");
    evaluation.add(vgg.on(cpu, Precision.FP32, BINARY_GROUP));
    evaluation.add(binary.on(cpu, Precision.FP32, BINARY_GROUP));
    evaluation.add(packed.on(Backends.named("xnor"), Precision.FP32, BINARY_GROUP));
    EvaluationReport report = evaluation.run();
    return new EvaluationReport(report.data(), report.results(), missing, report.environment());
  }

  /// A network as it was written to a file.
  private record Variant(String name, Model model, Path file) {
    Candidate on(Backend backend, Precision precision, String group) {
      try {
        return new Candidate(name, model, backend, precision, Files.size(file), group);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
