// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.reproduce;

import dev.quench.compress.binary.BinarizeActivations;
import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.ChooseSigns;
import dev.quench.compress.binary.SignGradient;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.prune.Pruning;
import dev.quench.compress.prune.select.Budget;
import dev.quench.compress.prune.select.Criterion;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.libtorch.LibTorch;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.train.run.Validation;
import dev.quench.compress.train.update.Regularization;
import dev.quench.compress.train.update.SparsityMethod;
import dev.quench.cost.ModelCost;
import dev.quench.graph.Model;
import dev.quench.io.RegularFile;
import dev.quench.onnx.OnnxReader;
import dev.quench.onnx.OnnxWriter;
import dev.quench.onnx.PackedWeights;
import dev.quench.pipeline.RecipeListener;
import dev.quench.pipeline.quantize.TrainingForm;
import dev.quench.pipeline.train.CheckpointedTraining;
import dev.quench.pipeline.train.PixelMetadata;
import dev.quench.report.Environment;
import dev.quench.run.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Trains, exports and evaluates one row for one seed. Its folder holds a checkpoint for each
/// training step and the exported model; run again in the same folder, it goes on after the last
/// finished epoch.
final class RowRun {
  private final PublishedTable table;
  private final Row row;
  private final long seed;
  private final ReproductionData data;
  private final ReproductionSettings settings;
  private final Path folder;
  private final Optional<Path> start;
  private final RecipeListener listener;
  private final List<RunRecord.Epoch> epochs = new ArrayList<>();

  /// @param folder of this run, which need not exist
  /// @param start the model of the row that this one starts from; empty if there is none
  RowRun(
      PublishedTable table,
      Row row,
      long seed,
      ReproductionData data,
      ReproductionSettings settings,
      Path folder,
      Optional<Path> start,
      RecipeListener listener) {
    this.table = table;
    this.row = row;
    this.seed = seed;
    this.data = data;
    this.settings = settings;
    this.folder = folder;
    this.start = start;
    this.listener = listener;
  }

  /// Runs all that is not done yet.
  ///
  /// @throws dev.quench.QuenchException if a step fails
  RunRecord run() throws IOException {
    Files.createDirectories(folder);
    ProcessorClock clock = ProcessorClock.open(folder.resolve("processor-seconds"));
    Model model = begin();
    Path checkpoint = folder;
    for (int i = 0; i < row.steps().size(); i++) {
      checkpoint = folder.resolve("step%d.checkpoint".formatted(i + 1));
      model = apply(settings.applied(row.steps().get(i)), model, checkpoint, clock);
    }
    return evaluate(model, checkpoint, clock);
  }

  private Model begin() throws IOException {
    return switch (row.start()) {
      case RowStart.Build(var architecture, double width, WeightBits weights, boolean signs) -> {
        Model built =
            architecture.build(
                data.network(seed)
                    .withWidthMultiplier(width)
                    .withWeights(weights)
                    .withBinaryActivations(signs));
        PixelMetadata.record(data.normalization(), built);
        yield built;
      }
      case RowStart.From _ -> OnnxReader.read(start.orElseThrow());
    };
  }

  /// @param before perhaps edited
  private Model apply(RowStep step, Model before, Path checkpoint, ProcessorClock clock)
      throws IOException {
    return switch (step) {
      case RowStep.Train(int epochs, Optimizer optimizer, Loss loss) ->
          train(before, options(epochs, optimizer).withLoss(loss), checkpoint, clock);
      case RowStep.SparseTrain(int epochs, Optimizer optimizer, double sparsity) ->
          train(
              before,
              options(epochs, optimizer)
                  .withRegularization(
                      Regularization.NONE.withSparsity(sparsity, SparsityMethod.L1)),
              checkpoint,
              clock);
      case RowStep.Prune(double share) ->
          Pruning.of(before)
              .criterion(Criterion.SLIMMING)
              .ratio(Budget.PARAMETERS, share)
              .checkOn(Backends.named("onnxruntime"))
              .run()
              .model();
      case RowStep.Binarize(WeightBits weights, boolean signs) -> {
        if (signs) {
          new BinarizeActivations().apply(before);
        }
        new BinarizeWeights(weights).apply(before);
        yield before;
      }
      case RowStep.PolynomialSigns() -> {
        new ChooseSigns(SignGradient.POLYNOMIAL, false).apply(before);
        yield before;
      }
      case RowStep.Quantize(TrainingScheme scheme) -> {
        TrainingForm.prepare(before, QuantizedTraining.of(scheme), false);
        yield before;
      }
    };
  }

  /// With quantizers always FP32, in which they round.
  private Compute compute() {
    return row.steps().stream().anyMatch(RowStep.Quantize.class::isInstance)
        ? Compute.FP32
        : settings.compute();
  }

  private TrainingOptions options(int epochs, Optimizer optimizer) {
    return TrainingOptions.FLOAT
        .withEpochs(epochs)
        .withOptimizer(optimizer)
        .withSchedule(new Schedule.Cosine(WorkFolder.WARM_UP))
        .withAugmentation(Augmentation.SHIFT_FLIP)
        .withCompute(compute())
        .withThreads(settings.threads())
        .withSeed(seed)
        .withValidation(
            new Validation(WorkFolder.validation(data.training()), Validation.Keep.LAST));
  }

  private Model train(Model model, TrainingOptions options, Path checkpoint, ProcessorClock clock)
      throws IOException {
    TrainingResult result =
        new CheckpointedTraining(options, Optional.of(checkpoint), listener)
            .afterEpoch(clock::keep)
            .run(model, data.training());
    for (EpochReport epoch : result.epochs()) {
      epochs.add(
          new RunRecord.Epoch(
              epoch.loss(),
              100 * epoch.trainingAccuracy(),
              100 * epoch.validationAccuracy().orElse(0),
              epoch.seconds()));
    }
    return result.model();
  }

  private RunRecord evaluate(Model trained, Path checkpoint, ProcessorClock clock)
      throws IOException {
    List<Integer> predictions =
        Evaluator.evaluate(trained, data.test(), settings.threads()).predictions();
    Model lowered = trained.copy();
    TrainedModel.lower(lowered);
    Path file = folder.resolve(WorkFolder.MODEL);
    OnnxWriter.write(lowered, file);
    Model exported = OnnxReader.read(file);
    ExportAgreement agreement =
        ExportAgreement.of(exported, data.test(), predictions, settings.threads(), row.isBinary());
    CorrectBits correct = CorrectBits.of(agreement.predictions(), data.labels());
    Path packed = file.resolveSibling("model.packed.onnx");
    Model packing = exported.copy();
    PackedWeights.pack(packing);
    OnnxWriter.write(packing, packed);
    ModelCost cost = ModelCost.of(exported);
    return new RunRecord(
        RunRecord.SCHEMA_VERSION,
        table.name(),
        row.name(),
        seed,
        WorkFolder.recipe(table, row, data, settings),
        data.name(),
        data.training().digest(),
        data.test().digest(),
        epochs,
        RegularFile.sha256(file),
        RegularFile.sha256(checkpoint),
        correct.samples(),
        100.0 * correct.count() / correct.samples(),
        correct.toBase64(),
        agreement.differences(),
        Files.size(file),
        Files.size(packed),
        Math.round(1e6 * PublishedSize.of(exported).megabytes(row.stored())),
        cost.parameters(),
        cost.macs(),
        epochs.stream().mapToDouble(RunRecord.Epoch::seconds).sum(),
        clock.seconds(),
        settings.threads(),
        compute().name().toLowerCase(Locale.ROOT),
        versions());
  }

  private static Map<String, String> versions() {
    Map<String, String> facts = Environment.current().facts();
    Map<String, String> versions = new LinkedHashMap<>();
    for (String fact : List.of("time", "quench", "java", "os", "processor", "cores")) {
      versions.put(fact, facts.getOrDefault(fact, "unknown"));
    }
    versions.put("libtorch", LibTorch.version());
    versions.put("onnxruntime", facts.getOrDefault("onnxruntime", "unknown"));
    return versions;
  }
}
