// SPDX-License-Identifier: Apache-2.0
package dev.quench.cli.command;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quench.cli.option.DataOptions;
import dev.quench.cli.output.CommandException;
import dev.quench.cli.output.Json;
import dev.quench.cli.output.OutputFile;
import dev.quench.cli.output.QuenchCommand;
import dev.quench.cli.output.Text;
import dev.quench.cli.training.DistillationOptions;
import dev.quench.cli.training.QuantizedTrainingOptions;
import dev.quench.compress.binary.FloatLayer;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.TrainedModel;
import dev.quench.compress.train.quantize.PreparationReport;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.Evaluation;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.train.run.Validation.Keep;
import dev.quench.data.array.IdxDataset;
import dev.quench.graph.Model;
import dev.quench.onnx.OnnxWriter;
import dev.quench.pipeline.quantize.TrainingForm;
import dev.quench.pipeline.train.CheckpointedTraining;
import dev.quench.pipeline.train.MeasuredNormalization;
import dev.quench.pipeline.train.PixelMetadata;
import dev.quench.pipeline.training.TrainingFacts;
import dev.quench.pipeline.training.TrainingPage;
import dev.quench.report.Environment;
import dev.quench.run.StoppedException;
import dev.quench.run.dataset.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Trains a network.
@Command(
    name = "train",
    header = "Trains a network: float, INT8-aware, ternary or 1-bit.",
    description = {
      "Trains a network of the zoo, or continues from a model, on data with class labels, and writes it as plain ONNX. "
          + "The result is that of the last epoch or, with --validation, of the best on samples held back from training. A test set beside the training set is evaluated once, at the end; it selects nothing.",
      "--seed also determines initial weights, order, augmentation and the samples held back; the same seed and number of threads give the same bits."
    },
    footer = {
      "  quench train --arch vgg-small --width 0.5 --weights 1 --activations 1 \\",
      "      --data idx:/usr/share/datasets/fashion-mnist --augment shift-flip \\",
      "      --checkpoint run -o vgg-small.w1a1.onnx"
    })
public final class TrainCommand extends QuenchCommand {
  private static final String CHECKPOINT = "train.checkpoint";
  private static final String FIRST_STAGE = "first-stage.checkpoint";

  @Mixin private NetworkChoice network;

  @Mixin private DataOptions data;

  @Mixin private TrainingSettings settings;

  @Mixin private QuantizedTrainingOptions quantized;

  @Mixin private DistillationOptions distillation;

  private Optional<PreparationReport> preparation = Optional.empty();

  private Optional<Model> teacher = Optional.empty();

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Folder for a checkpoint after each epoch.")
  private @Nullable Path checkpoint;

  @Option(
      names = "--resume",
      description = "Resume from the state in --checkpoint, if present, with the same options.")
  private boolean resume;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      required = true,
      description = "The trained model to write.")
  private Path output;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "HTML page to write: loss, accuracy, learning rate, sparsity and the distribution of scales and latent weights by epoch.")
  private @Nullable Path page;

  @Override
  public void execute() throws IOException {
    network.check(this);
    if (resume && checkpoint == null) {
      throw wrongUsage("--resume needs --checkpoint");
    }
    Model reader = network.reader();
    boolean inTrainingForm = TrainingForm.is(reader);
    quantized.check(
        this,
        network.weightBits(),
        network.activationBits(),
        network.isQuantized(),
        inTrainingForm);
    boolean hasQuantizers = network.isQuantized() || inTrainingForm;
    TrainingOptions defaults =
        hasQuantizers
            ? quantized.defaults(network.isTrained())
            : network.isBinary() ? TrainingOptions.BINARY : TrainingOptions.FLOAT;
    TrainingOptions options = settings.resolve(defaults, hasQuantizers, data.seed(), this);
    checkTogether(options);
    Optional<Path> state = state();
    checkOutputs(output, OnnxWriter.dataFile(output), page);
    if (quantized.trainingForm().isPresent()) {
      Path file = quantized.trainingForm().get();
      checkOutputs(file, OnnxWriter.dataFile(file));
    }
    teacher = distillation.read(this);
    Dataset training = openTraining(reader);
    Model model = network.build(reader, training, data.seed());
    settings.prepare(model, training);
    noteLayersFromBits(model, options);
    if (network.isQuantized()) {
      tell(
          quantized.prepare(
              model, network.weightBits(), network.activationBits(), network.isTrained()));
      settings.requireNames(model);
    }
    if (hasQuantizers) {
      model =
          quantized.settle(model, training, options.batchSize(), options.threads(), data.seed());
    }
    if (network.firstEpochs() > 0) {
      model = firstStage(model, training, options, state);
      network.binarizeWeights(model);
      options = options.withEpochs(options.epochs() - network.firstEpochs());
    }
    network.floatLayers(model).forEach(layer -> note(layer.staying()));
    TrainingResult result =
        hasQuantizers && !quantized.trains()
            ? new TrainingResult(model, List.of(), 0)
            : train(model, training, options, state);
    if (quantized.trainingForm().isPresent()) {
      OnnxWriter.write(result.model(), quantized.trainingForm().get());
    }
    TrainedModel.lower(result.model());
    OnnxWriter.write(result.model(), output);
    Optional<Evaluation> test = test(result.model(), training, options);
    print(result, options, test);
    if (page != null && !result.epochs().isEmpty()) {
      page(result, options, training, test).write(page);
      say("report: " + page);
    }
  }

  /// What the command line alone shows not to go together.
  private void checkTogether(TrainingOptions options) {
    if (network.firstEpochs() > 0 && network.firstEpochs() >= options.epochs()) {
      throw wrongUsage(
          "--two-stage %d leaves no epoch for the second stage of --epochs %d"
              .formatted(network.firstEpochs(), options.epochs()));
    }
    boolean flips = options.optimizer() instanceof Optimizer.Bop;
    if (network.firstEpochs() > 0 && flips) {
      throw wrongUsage(
          "--two-stage trains float weights first, which bop cannot flip; choose another --optimizer");
    }
    if (flips && network.binaryBits() != WeightBits.BINARY) {
      throw wrongUsage("--optimizer bop flips 1-bit weights; give --weights 1, or choose another");
    }
    if (options.optimizer() instanceof Optimizer.GlorotScaled
        && network.binaryBits() == WeightBits.FLOAT) {
      throw wrongUsage("--glorot is for --weights 1 or 1.5");
    }
    if (isGiven("--teacher") && options.objective().loss() != Loss.CROSS_ENTROPY) {
      throw wrongUsage("--teacher goes with --loss cross_entropy");
    }
    if (options.regularization().sparsity() > 0
        && network.isQuantized()
        && quantized.foldsNormalizations(network.isTrained())) {
      throw wrongUsage(
          "--sparsity shrinks the scales of BatchNormalization, which are folded into quantized weights; add --fuse-bn to keep them in training");
    }
  }

  private void noteLayersFromBits(Model model, TrainingOptions options) {
    if (network.isQuantized() && !quantized.trains()) {
      return;
    }
    for (FloatLayer layer : network.layersFromBits(model, options.parameters().frozen())) {
      String what = network.isQuantized() ? layer.widening() : layer.becoming();
      note(what + "; --weights 1 or 1.5 trains such weights");
    }
  }

  /// Trains with float weights, or takes the result from the checkpoint of that stage.
  private Model firstStage(
      Model model, Dataset training, TrainingOptions options, Optional<Path> state)
      throws IOException {
    Optional<Path> first = state.map(file -> file.resolveSibling(FIRST_STAGE));
    return train(model, training, options.withEpochs(network.firstEpochs()), first).model();
  }

  private TrainingResult train(
      Model model, Dataset training, TrainingOptions options, Optional<Path> state)
      throws IOException {
    try {
      return new CheckpointedTraining(options, state, listener())
          .prepared(
              plain -> teacher.map(read -> distillation.applyTo(plain, read, model)).orElse(plain))
          .run(model, training);
    } catch (StoppedException e) {
      throw new StoppedException(e.getMessage() + wayOn());
    }
  }

  private String wayOn() {
    if (checkpoint == null) {
      return "; give a folder with --checkpoint to keep each epoch";
    }
    if (Files.exists(checkpoint.resolve(CHECKPOINT))) {
      return "; go on with the same command and --resume";
    }
    return Files.exists(checkpoint.resolve(FIRST_STAGE))
        ? "; go on behind the first stage with the same command and --resume"
        : "";
  }

  private TrainingPage page(
      TrainingResult result, TrainingOptions options, Dataset training, Optional<Evaluation> test) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("model", output.toString());
    facts.put("training data", training.description() + ", " + training.size() + " samples");
    facts.putAll(TrainingFacts.of(options));
    test.ifPresent(found ->
        facts.put(
            "test set",
            Text.format(
                "top-1 %.2f %% of %d samples, looked at once",
                100 * found.accuracy(), found.predictions().size())));
    facts.put("quench", Environment.version());
    boolean selected = options.validation().keep() == Keep.BEST;
    return new TrainingPage(
        "Training of " + output.getFileName(),
        selected
            ? "Epoch %d of %d was kept, the best on %d samples held back from training."
                .formatted(
                    result.keptEpoch(), result.epochs().size(), options.validation().samples())
            : "%d epochs; the last one was kept.".formatted(result.epochs().size()),
        result.epochs(),
        selected ? OptionalInt.of(result.keptEpoch()) : OptionalInt.empty(),
        facts);
  }

  /// Pixels for a new network are normalized as its teacher's, else by their own mean and
  /// deviation, unless options say otherwise.
  private Dataset openTraining(Model reader) throws IOException {
    boolean taught =
        network.measuresPixels()
            && teacher.filter(read -> DistillationOptions.declare(read, reader)).isPresent();
    Dataset raw = data.open(reader, true, this);
    if (taught) {
      return raw;
    }
    if (network.measuresPixels() && raw instanceof IdxDataset pixels) {
      PixelMetadata.record(MeasuredNormalization.of(pixels, pixels.normalization()), reader);
      return data.open(reader, true, this);
    }
    return raw;
  }

  private Optional<Path> state() throws IOException {
    if (checkpoint == null) {
      return Optional.empty();
    }
    OutputFile.prepareFolder(checkpoint);
    for (String name : List.of(CHECKPOINT, FIRST_STAGE)) {
      Path state = checkpoint.resolve(name);
      if (Files.exists(state) && !resume) {
        throw new CommandException(
            state + " exists already; continue it with --resume, or choose another folder");
      }
    }
    return Optional.of(checkpoint.resolve(CHECKPOINT));
  }

  private void tell(PreparationReport report) {
    preparation = Optional.of(report);
    say(
        Text.format(
            "quantizes %d layers and %d activations%s",
            report.layers().size(),
            report.activations().size(),
            report.fused().isEmpty()
                ? ""
                : Text.format(", with %d normalizations fused", report.fused().size())));
    report.leftFloat().forEach(left -> note(left.node() + " stays float: " + left.reason()));
    report.notes().forEach(this::note);
    quantized
        .reasonAgainstTensorRt(network.weightBits(), network.activationBits())
        .ifPresent(reason -> note("the result runs on ONNX Runtime alone: " + reason));
  }

  /// On the test half of an IDX folder, if the data have one.
  private Optional<Evaluation> test(Model model, Dataset training, TrainingOptions options)
      throws IOException {
    Dataset other = data.open(model, false, this);
    return other.digest().equals(training.digest())
        ? Optional.empty()
        : Optional.of(Evaluator.evaluate(model, other, options.threads()));
  }

  private void print(TrainingResult result, TrainingOptions options, Optional<Evaluation> test)
      throws IOException {
    double seconds = result.epochs().stream().mapToDouble(EpochReport::seconds).sum();
    ObjectNode root = Json.object();
    root.put("output", output.toString()).put("sizeBytes", Files.size(output));
    root.put("seed", options.seed()).put("threads", options.threads());
    root.put("compute", options.compute().name().toLowerCase(Locale.ROOT));
    root.put("seconds", seconds).put("keptEpoch", result.keptEpoch());
    ArrayNode epochs = root.putArray("epochs");
    for (EpochReport epoch : result.epochs()) {
      ObjectNode node = epochs.addObject();
      node.put("epoch", epoch.epoch()).put("loss", epoch.loss());
      node.put("trainingAccuracy", epoch.trainingAccuracy());
      epoch.validationAccuracy().ifPresent(held -> node.put("validationAccuracy", held));
      epoch.validationLoss().ifPresent(held -> node.put("validationLoss", held));
      node.put("learningRate", epoch.learningRate());
      node.put("zeroWeights", epoch.weights().zeroWeights());
      node.put("smallScales", epoch.weights().smallScales());
      node.put("seconds", epoch.seconds());
    }
    preparation.ifPresent(report -> describe(root.putObject("quantized"), report));
    test.ifPresent(found ->
        root.putObject("test")
            .put("samples", found.predictions().size())
            .put("top1", found.accuracy()));
    report(root);
    if (!result.epochs().isEmpty()) {
      say(
          Text.format(
              "trained %d epochs in %s",
              result.epochs().size(), CheckpointedTraining.duration(seconds)));
    }
    if (result.keptEpoch() > 0 && options.validation().keep() == Keep.BEST) {
      say(
          Text.format(
              "kept epoch %d, the best on the %d validation samples",
              result.keptEpoch(), options.validation().samples()));
    }
    test.ifPresent(found ->
        say(
            Text.format(
                "top-1 on the %d test samples: %.2f %%",
                found.predictions().size(), 100 * found.accuracy())));
    say("model: " + output + " (" + Text.bytes(Files.size(output)) + ")");
  }

  private static void describe(ObjectNode node, PreparationReport report) {
    report.layers().forEach(node.putArray("layers")::add);
    report.activations().forEach(node.putArray("activations")::add);
    report.fused().forEach(node.putArray("fusedNormalizations")::add);
    ArrayNode left = node.putArray("leftFloat");
    report
        .leftFloat()
        .forEach(each -> left.addObject().put("node", each.node()).put("reason", each.reason()));
  }
}
