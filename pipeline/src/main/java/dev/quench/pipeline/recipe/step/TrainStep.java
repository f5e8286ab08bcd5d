// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.recipe.step;

import dev.quench.compress.binary.BinarizeActivations;
import dev.quench.compress.binary.BinarizeWeights;
import dev.quench.compress.binary.FloatLayer;
import dev.quench.compress.binary.WeightBits;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.update.SparsityMethod;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.data.array.IdxDataset;
import dev.quench.data.image.Normalization;
import dev.quench.graph.Model;
import dev.quench.graph.pattern.SignPattern;
import dev.quench.pipeline.PipelineException;
import dev.quench.pipeline.recipe.step.OptionSpec.Absent;
import dev.quench.pipeline.train.PixelMetadata;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Shape;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Trains a network: `train` a new one of the zoo (`arch`), `fine-tune` one that a step gave or a
/// file holds, `sparse-train` either with a penalty on the scales of BatchNormalization, `distill`
/// either with a teacher.
record TrainStep(Mode mode) implements StepKind {
  /// What it starts from, and what it adds.
  enum Mode {
    NEW("train"),
    SPARSE("sparse-train"),
    TUNED("fine-tune"),
    TAUGHT("distill");

    private final String text;

    Mode(String text) {
      this.text = text;
    }
  }

  private static final double SPARSITY = 1e-4;
  private static final int READ_AT_ONCE = 500;
  private static final double TUNING_RATE = 0.01;
  private static final double MOST_WIDTH = 16;
  private static final List<OptionSpec> BITS =
      List.of(
          OptionSpec.word("weights", "32", "1.5", "1"), OptionSpec.word("activations", "32", "1"));

  @Override
  public String name() {
    return mode.text;
  }

  @Override
  public int edition() {
    return 1;
  }

  @Override
  public List<OptionSpec> options() {
    OptionSpec.Value.Artifact model =
        new OptionSpec.Value.Artifact(MODEL, mode == Mode.TUNED ? Absent.PREVIOUS : Absent.NOTHING);
    OptionSpec input = new OptionSpec(StepContext.INPUT, model);
    List<OptionSpec> created =
        List.of(
            OptionSpec.read("arch", Architecture::named),
            OptionSpec.number("width", Double.MIN_VALUE, MOST_WIDTH));
    List<OptionSpec> sparse =
        List.of(
            input,
            OptionSpec.number("sparsity", 0, Double.MAX_VALUE),
            OptionSpec.word("sparsity-method", "l1", "ista"));
    List<OptionSpec> own =
        switch (mode) {
          case NEW -> created;
          case SPARSE -> Stream.concat(created.stream(), sparse.stream()).toList();
          case TUNED -> List.of(input);
          case TAUGHT ->
              Stream.of(created, List.of(input), TeachingChoices.OPTIONS)
                  .flatMap(List::stream)
                  .toList();
        };
    return Stream.of(own, BITS, TrainingChoices.OPTIONS).flatMap(List::stream).toList();
  }

  @Override
  public Set<String> gives() {
    return Set.of(MODEL);
  }

  @Override
  public boolean readsData(StepOptions options) {
    return true;
  }

  @Override
  public void check(StepOptions options, Set<String> artifacts) {
    Optional<String> given = options.text("arch");
    boolean goesOn = artifacts.contains(StepContext.INPUT);
    if (goesOn && (given.isPresent() || options.number("width").isPresent())) {
      throw new IllegalArgumentException(
          "%s takes arch: and width:, or input:, not both".formatted(name()));
    }
    if (goesOn) {
      return;
    }
    String architecture =
        given.orElseThrow(() ->
            new IllegalArgumentException(
                "%s needs arch: and one of %s; fine-tune goes on from a model"
                    .formatted(name(), String.join(", ", Architecture.commandNames()))));
    if (!Architecture.named(architecture).isClassifier()) {
      throw new IllegalArgumentException(
          "%s gives boxes, expected a network that gives classes".formatted(architecture));
    }
  }

  @Override
  public String resolved(StepOptions options) {
    return TrainingChoices.resolved(options, false);
  }

  @Override
  public StepOutcome run(StepContext context) throws IOException {
    StepData data = context.requireData();
    Optional<Model> teacher =
        mode == Mode.TAUGHT ? Optional.of(TeachingChoices.teacher(context)) : Optional.empty();
    WeightBits weights =
        switch (context.options().text("weights").orElse("32")) {
          case "1" -> WeightBits.BINARY;
          case "1.5" -> WeightBits.TERNARY;
          default -> WeightBits.FLOAT;
        };
    boolean signs = context.options().text("activations").orElse("32").equals("1");
    TrainingOptions usual =
        weights != WeightBits.FLOAT || signs
            ? TrainingOptions.BINARY
            : mode == Mode.TUNED
                ? TrainingOptions.FLOAT.withOptimizer(Optimizer.sgd(TUNING_RATE))
                : TrainingOptions.FLOAT;
    Dataset training;
    Model model;
    if (context.artifacts().containsKey(StepContext.INPUT)) {
      model = context.input();
      training = data.open(model, IdxDataset.Split.TRAIN, context.options().whole("samples"));
      binarize(model, weights, signs);
    } else {
      Optional<Normalization> declared =
          teacher.filter(PixelMetadata::isDeclared).map(PixelMetadata::read);
      Optional<Normalization> measured = declared.isPresent() ? declared : data.measured();
      training =
          data.openForNewNetwork(
              measured.orElse(Normalization.UNIT), context.options().whole("samples"));
      model = build(context, training, weights, signs);
      measured.ifPresent(normalization -> PixelMetadata.record(normalization, model));
    }
    noteFloatLayers(context, model, weights, signs);
    return new TrainedStep(context)
        .prepared(trainer ->
            teacher
                .map(read -> TeachingChoices.applied(trainer, context, read, model))
                .orElse(trainer))
        .train(model, training, sparse(context, TrainingChoices.of(context, usual, false)));
  }

  private TrainingOptions sparse(StepContext context, TrainingOptions options) {
    return mode == Mode.SPARSE
        ? options.withRegularization(
            options
                .regularization()
                .withSparsity(
                    context.options().number("sparsity").orElse(SPARSITY),
                    context.options().text("sparsity-method").orElse("l1").equals("ista")
                        ? SparsityMethod.ISTA
                        : SparsityMethod.L1))
        : options;
  }

  private static void noteFloatLayers(
      StepContext context, Model model, WeightBits weights, boolean signs) {
    boolean floats = weights == WeightBits.FLOAT;
    FloatLayer.of(model, !floats, signs).forEach(layer -> context.listener().note(layer.staying()));
    if (floats) {
      FloatLayer.fromBits(model, _ -> true)
          .forEach(layer ->
              context
                  .listener()
                  .note(layer.becoming() + "; weights: 1 or 1.5 trains such weights"));
    }
  }

  private static void binarize(Model model, WeightBits weights, boolean signs) {
    if (signs && new BinarizeActivations().apply(model) == 0) {
      boolean signsAlready = model.graph().nodes().stream().anyMatch(SignPattern::is);
      throw new PipelineException(
          signsAlready
              ? "the model takes signs already; activations: 32 keeps them"
              : "the model has no Relu that only inner layers read, so nothing to take the sign of; use activations: 32");
    }
    if (weights != WeightBits.FLOAT && new BinarizeWeights(weights).apply(model) == 0) {
      throw new PipelineException(
          "the model has no float Conv or Gemm between its first and its last, so nothing to binarize; use weights: 32");
    }
  }

  private static Model build(
      StepContext context, Dataset training, WeightBits weights, boolean signs) throws IOException {
    Shape shape = Shape.SCALAR;
    int largest = 1;
    try (Stream<Batch> batches = training.batches(READ_AT_ONCE)) {
      for (Batch batch : (Iterable<Batch>) batches::iterator) {
        if (!(batch.labels() instanceof Labels.Classes(var indices))) {
          throw new PipelineException(
              training.description() + " has no class labels; training needs one for each sample");
        }
        shape = batch.inputs().values().iterator().next().shape();
        largest = Math.max(largest, indices.stream().mapToInt(Integer::intValue).max().orElse(0));
      }
    }
    NetworkOptions options =
        NetworkOptions.MNIST
            .withClasses(largest + 1)
            .withInput(
                Math.toIntExact(shape.size(1)),
                Math.toIntExact(shape.size(2)),
                Math.toIntExact(shape.size(3)))
            .withWidthMultiplier(context.options().number("width").orElse(1))
            .withWeights(weights)
            .withBinaryActivations(signs)
            .withSeed(context.seed());
    return Architecture.named(context.options().text("arch").orElseThrow()).build(options);
  }
}
