// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.int8;

import dev.quench.calibration.MethodSelection;
import dev.quench.calibration.method.RangeMethod;
import dev.quench.calibration.table.CalibrationTable;
import dev.quench.compress.quantize.onnxruntime.InsertDynamicQuantization;
import dev.quench.compress.quantize.refine.SmoothActivations;
import dev.quench.eval.Candidate;
import dev.quench.eval.Evaluation;
import dev.quench.graph.Model;
import dev.quench.io.AtomicFile;
import dev.quench.metric.fidelity.Reference;
import dev.quench.metric.fidelity.TensorFidelity;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.ModelInputs;
import dev.quench.pipeline.NothingToQuantize;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.Samples;
import dev.quench.pipeline.Steps;
import dev.quench.pipeline.calibrate.CalibrationRecipe;
import dev.quench.pipeline.calibrate.CalibrationResult;
import dev.quench.pipeline.calibrate.CalibrationSettings;
import dev.quench.pipeline.heldback.HeldBack;
import dev.quench.pipeline.heldback.HeldBackFidelity;
import dev.quench.pipeline.heldback.MethodChoice;
import dev.quench.pipeline.quantize.ActivationSmoothing;
import dev.quench.pipeline.quantize.QuantizationRecipe;
import dev.quench.pipeline.quantize.QuantizedForm;
import dev.quench.pipeline.quantize.QuantizedModel;
import dev.quench.pipeline.quantize.UncalibratedStamp;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.report.EvaluationReport;
import dev.quench.report.RangeHistograms;
import dev.quench.run.Backend;
import dev.quench.run.Backends;
import dev.quench.run.Metric;
import dev.quench.run.Precision;
import dev.quench.run.Session;
import dev.quench.run.SessionOptions;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// Takes a float model to INT8 for each runtime: prepares, calibrates once, quantizes in TensorRT's
/// form and in the form that pays on ONNX Runtime, compares with FP32, reports.
///
/// The last samples of the data are held back from calibration; the forms are judged on them, so
/// data that are sorted by class should be shuffled. Where no form pays on ONNX Runtime, none is
/// written for it and the report says why. Set it up and run it in one thread.
public final class Int8Recipe {
  private static final int EVALUATION_BATCH = 64;
  private static final int SMOOTHING_SAMPLES = 8;

  private final Model model;
  private final Dataset data;
  private final Int8Files files;
  private CalibrationSettings settings = CalibrationSettings.DEFAULT;
  private boolean choosesMethod = true;
  private @Nullable Metric metric;
  private LossBound bound = LossBound.USUAL;
  private FormPreference preference = FormPreference.SPEED;
  private RecipeListener listener = RecipeListener.SILENT;

  private Int8Recipe(Model model, Dataset data, Int8Files files) {
    this.model = model;
    this.data = data;
    this.files = files;
  }

  /// @param model as it was read; prepared and quantized in place
  public static Int8Recipe of(Model model, Dataset data, Int8Files files) {
    return new Int8Recipe(model, data, files);
  }

  /// How ranges are found, the method included; unless set, the method is that whose quantized
  /// model comes closest to FP32 on the samples held back, for each form.
  public Int8Recipe settings(CalibrationSettings chosen) {
    settings = chosen;
    choosesMethod = false;
    return this;
  }

  /// As [#settings], with the method still chosen by its results.
  public Int8Recipe settingsButMethod(CalibrationSettings chosen) {
    settings = chosen.withMethod(RangeMethod.entropy());
    return this;
  }

  /// What the models are judged by in the report; their fidelity to FP32 unless set.
  public Int8Recipe metric(Metric chosen) {
    metric = chosen;
    return this;
  }

  /// What a form may lose on the samples held back to be kept for ONNX Runtime; [LossBound#USUAL]
  /// unless set.
  public Int8Recipe bound(LossBound chosen) {
    bound = chosen;
    return this;
  }

  /// What the form for ONNX Runtime is chosen for; speed unless set.
  public Int8Recipe prefer(FormPreference chosen) {
    preference = chosen;
    return this;
  }

  /// Hears what is done.
  public Int8Recipe listener(RecipeListener chosen) {
    listener = chosen;
    return this;
  }

  /// Does it all.
  ///
  /// @throws PipelineException if the data are too few to hold some back, or nothing can be
  ///   quantized
  /// @throws dev.quench.QuenchException if data and model do not fit
  /// @throws IOException if a file cannot be read or written
  public Int8Result run() throws IOException {
    Steps steps = new Steps(listener);
    PreparedModel prepared = PreparedModel.of(model);
    prepared.tell(listener);
    OnnxWriter.write(model, files.fp32());
    Model exact = model.copy();
    steps.done("prepared %d nodes: %s", model.graph().nodes().size(), files.fp32());
    HeldBack held = HeldBack.of(data, model);
    CalibrationRecipe calibrating =
        CalibrationRecipe.of(prepared, held.calibration())
            .settings(settings)
            .writing(files.calibration(data.isRandom()))
            .listener(listener);
    if (choosesMethod) {
      calibrating.scoredBy(MethodChoice.score(prepared, held));
    }
    CalibrationResult calibration = calibrating.run();
    steps.done(
        "%s %d tensors by %s: %s",
        calibration.reused() ? "reused the ranges of" : "calibrated",
        calibration.table().entries().size(),
        calibration.table().header().method(),
        files.calibration(false).table().orElseThrow());
    QuantizedModel tensorRt =
        QuantizationRecipe.of(prepared, calibration.table()).listener(listener).run();
    Path written = files.int8(QuantizedForm.TENSORRT);
    boolean quantized = !tensorRt.report().layers().isEmpty();
    if (quantized) {
      tensorRt.write(written);
      steps.done("for tensorrt: %d layers in INT8: %s", tensorRt.report().layers().size(), written);
    } else {
      // A file of an earlier run would pass for this one's.
      Files.deleteIfExists(written);
      steps.done(
          "for tensorrt FP32 stays: %s",
          String.valueOf(NothingToQuantize.because(tensorRt.report()).getMessage()));
    }
    FormChoice choice =
        new FormTrials(
                new FloatModel(exact, rangesForOnnxRuntime(exact, calibration, held)),
                smoothed(exact, held),
                held.batches(),
                metric)
            .run(bound, preference, listener.progress());
    keep(choice, calibration, steps);
    EvaluationReport report =
        evaluate(
            exact, quantized ? Optional.of(tensorRt.model()) : Optional.empty(), choice, steps);
    AtomicFile.writeString(files.json(), report.toJson());
    AtomicFile.writeString(
        files.html(),
        report.toHtml(
            "INT8 of " + files.name(),
            new FormSection(choice),
            RangeHistograms.of(calibration.table())));
    steps.done("evaluated: %s, %s", files.json(), files.html());
    return new Int8Result(files, calibration, tensorRt, choice, report);
  }

  /// What serves one form best need not serve the other: the same histograms, another method.
  private CalibrationTable rangesForOnnxRuntime(
      Model exact, CalibrationResult calibration, HeldBack held) throws IOException {
    if (calibration.selection().isEmpty()) {
      return calibration.table();
    }
    MethodSelection selection =
        MethodSelection.of(
            calibration.table(),
            MethodSelection.CANDIDATES,
            new HeldBackFidelity(exact, QuantizedForm.ONNX_RUNTIME, held.judges()),
            listener.progress());
    listener.result("   ranges for onnxruntime by " + selection.method().spelling());
    return selection.table();
  }

  /// The same model with large features of its activations moved into weights; empty where that
  /// gains nothing. Its ranges are found anew.
  private Optional<FloatModel> smoothed(Model exact, HeldBack held) throws IOException {
    if (SmoothActivations.tensors(exact).isEmpty()) {
      return Optional.empty();
    }
    Model smoothed = exact.copy();
    List<Map<String, Tensor>> samples = Samples.of(held.calibration(), exact, SMOOTHING_SAMPLES);
    if (!ActivationSmoothing.apply(smoothed, samples, OptionalDouble.empty(), listener)) {
      return Optional.empty();
    }
    CalibrationRecipe calibrating =
        CalibrationRecipe.of(PreparedModel.of(smoothed), held.calibration())
            .settings(settings)
            .listener(listener);
    if (choosesMethod) {
      calibrating.scoredBy(
          new HeldBackFidelity(smoothed.copy(), QuantizedForm.ONNX_RUNTIME, held.judges()));
    }
    return Optional.of(new FloatModel(smoothed, calibrating.run().table()));
  }

  private void keep(FormChoice choice, CalibrationResult calibration, Steps steps)
      throws IOException {
    choice
        .trials()
        .forEach(trial -> listener.result("   %s: %s".formatted(trial.form(), trial.verdict())));
    Path file = files.int8(QuantizedForm.ONNX_RUNTIME);
    Optional<FormTrial.Measured> kept = choice.kept();
    if (kept.isEmpty()) {
      // A file of an earlier run would pass for this one's.
      Files.deleteIfExists(file);
      steps.done("for onnxruntime FP32 stays: %s", choice.whyFloat());
      return;
    }
    UncalibratedStamp.put(kept.get().model(), calibration.table());
    OnnxWriter.write(kept.get().model(), file);
    if (choice.best().isEmpty()) {
      steps.done(
          "for onnxruntime: %s, as fast as FP32 (%s): %s",
          kept.get().form(), choice.whyFloat(), file);
      return;
    }
    steps.done(
        "for onnxruntime: %s, %.2fx as fast as FP32: %s",
        kept.get().form(), 1 / kept.get().ratio(), file);
  }

  private EvaluationReport evaluate(
      Model exact, Optional<Model> tensorRt, FormChoice choice, Steps steps) throws IOException {
    try (BuiltEngine engine =
        tensorRt.isPresent()
            ? BuiltEngine.of(tensorRt.get(), files.engine(), listener).orElse(null)
            : null) {
      if (engine != null) {
        steps.done("built the engine: %s", files.engine());
      }
      return evaluate(exact, tensorRt, choice, engine);
    }
  }

  private EvaluationReport evaluate(
      Model exact, Optional<Model> tensorRt, FormChoice choice, @Nullable BuiltEngine engine)
      throws IOException {
    Backend cpu = Backends.named("onnxruntime");
    ModelInputs inputs = ModelInputs.of(exact);
    boolean alone =
        choice.kept().filter(kept -> InsertDynamicQuantization.isStamped(kept.model())).isPresent();
    Evaluation evaluation =
        Evaluation.on(inputs.wholeBatches(data))
            .batchSize(inputs.batchSize(data.axes(), alone ? 1 : EVALUATION_BATCH))
            .progress(listener.progress());
    evaluation.add(Candidate.of(files.fp32(), exact, cpu, Precision.FP32, ""));
    if (choice.kept().isPresent()) {
      Path file = files.int8(QuantizedForm.ONNX_RUNTIME);
      evaluation.add(Candidate.of(file, choice.kept().get().model(), cpu, Precision.INT8, ""));
    }
    if (engine != null) {
      Backend gpu = Backends.named("tensorrt");
      evaluation.add(Candidate.of(files.fp32(), exact, gpu, Precision.FP16, ""));
      evaluation.add(engine.candidate());
    } else if (tensorRt.isPresent()) {
      // Its accuracy is that of the engine; its time is not.
      Path file = files.int8(QuantizedForm.TENSORRT);
      evaluation.add(Candidate.of(file, tensorRt.get(), cpu, Precision.INT8, ""));
    }
    if (metric != null) {
      return evaluation.metric(metric).run();
    }
    try (Session session = cpu.open(exact, SessionOptions.DEFAULT.withOptimization(false))) {
      return evaluation.fidelity(true).metric(new TensorFidelity(Reference.running(session))).run();
    }
  }
}
