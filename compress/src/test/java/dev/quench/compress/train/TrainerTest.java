// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.TrainingFixtures.bars;
import static dev.quench.compress.train.TrainingFixtures.network;
import static dev.quench.compress.train.TrainingFixtures.options;
import static dev.quench.compress.train.TrainingFixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.train.libtorch.Compute;
import dev.quench.compress.train.run.Augmentation;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Optimizer;
import dev.quench.compress.train.run.Schedule;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.zoo.Architecture;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.UnsupportedOperatorException;
import dev.quench.graph.Value;
import dev.quench.run.Progress;
import dev.quench.run.dataset.DataException;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {
  private static final Dataset DATA = bars(320, 3);

  @ParameterizedTest
  @EnumSource(Compute.class)
  void learnsWhatCanBeLearned(Compute compute) throws IOException {
    TrainingResult result = train(network(), options(3).withCompute(compute));

    assertThat(Evaluator.evaluate(result.model(), bars(200, 8), 1).accuracy()).isGreaterThan(0.97);
    assertThat(result.epochs()).hasSize(3);
    assertThat(result.epochs().getLast().loss()).isLessThan(result.epochs().getFirst().loss() / 2);
  }

  @Test
  void learnsWithSquaredHingeAdamAndAugmentation() throws IOException {
    TrainingResult result =
        train(
            network(),
            options(3)
                .withLoss(Loss.SQUARED_HINGE)
                .withOptimizer(Optimizer.adam(0.005))
                .withAugmentation(new Augmentation(1, true)));

    assertThat(result.epochs().getLast().loss()).isLessThan(result.epochs().getFirst().loss() / 2);
  }

  @Test
  void doesNotEditTheModelItIsGiven() throws IOException {
    Model model = network();
    List<Float> before = weights(model);

    train(model, options(1));

    assertThat(weights(model)).isEqualTo(before);
  }

  @Test
  void oneSeedGivesTheSameBitsAndAnotherGivesOthers() throws IOException {
    TrainingOptions options = options(2).withAugmentation(Augmentation.SHIFT_FLIP);

    List<Float> first = weights(train(network(), options).model());
    List<Float> again = weights(train(network(), options).model());
    List<Float> other = weights(train(network(), options.withSeed(2)).model());

    assertThat(again).isEqualTo(first);
    assertThat(other).isNotEqualTo(first);
  }

  @Test
  void resumesToTheBit() throws IOException {
    for (Optimizer optimizer : List.of(Optimizer.sgd(0.05), Optimizer.adam(0.01))) {
      Model lenet = Architecture.NIN.build(TrainingFixtures.small().withBinaryActivations(true));
      TrainingOptions options =
          options(3)
              .withOptimizer(optimizer)
              .withAugmentation(Augmentation.SHIFT_FLIP)
              .withValidation(40);
      List<byte[]> states = new ArrayList<>();
      TrainingResult whole = new Trainer(options, keeping(states)).train(lenet, DATA);

      TrainingResult resumed =
          new Trainer(options, TrainingListener.NONE)
              .resume(lenet, DATA, Checkpoint.read(new ByteArrayInputStream(states.getFirst())));

      assertThat(weights(resumed.model())).isEqualTo(weights(whole.model()));
      assertThat(resumed.epochs()).hasSize(3);
      assertThat(resumed.epochs().getLast().loss()).isEqualTo(whole.epochs().getLast().loss());
      assertThat(resumed.epochs().getLast().validationAccuracy())
          .isEqualTo(whole.epochs().getLast().validationAccuracy());
    }
  }

  /// A network of the same parameters that computes something else.
  private static Model withSigmoid(Model model) {
    Graph graph = model.graph();
    Node relu = graph.nodes().stream().filter(node -> node.is("Relu")).findFirst().orElseThrow();
    Node sigmoid =
        graph.insertBefore(
            relu, NodeBuilder.of("Sigmoid").inputs(relu.input(0)).output(graph.uniqueName("s")));
    graph.adoptOutput(sigmoid, 0, relu.output(0));
    graph.remove(relu);
    return model;
  }

  @Test
  void refusesTheCheckpointOfAnotherRun() throws IOException {
    List<byte[]> states = new ArrayList<>();
    TrainingOptions options = options(1);
    new Trainer(options, keeping(states)).train(network(), DATA);
    Checkpoint checkpoint = Checkpoint.read(new ByteArrayInputStream(states.getFirst()));
    Model wider = Architecture.VGG_SMALL.build(TrainingFixtures.small().withWidthMultiplier(0.25));
    Trainer trainer = new Trainer(options, TrainingListener.NONE);

    assertThatThrownBy(() -> trainer.resume(wider, DATA, checkpoint))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another run: its network");
    assertThatThrownBy(() -> trainer.resume(withSigmoid(network()), DATA, checkpoint))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another run: its network");
    assertThatThrownBy(() -> trainer.resume(network(), bars(320, 4), checkpoint))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another run: its data");
    assertThatThrownBy(() ->
            new Trainer(options.withSeed(9), TrainingListener.NONE)
                .resume(network(), DATA, checkpoint))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another run: its settings")
        .hasMessageContaining("seed 9");
  }

  @Test
  void refusesDamagedCheckpoints() throws IOException {
    List<byte[]> states = new ArrayList<>();
    new Trainer(options(1), keeping(states)).train(network(), DATA);
    byte[] flipped = states.getFirst().clone();
    flipped[flipped.length / 2] ^= 1;
    byte[] cut = Arrays.copyOf(states.getFirst(), 500);

    assertThatThrownBy(() -> Checkpoint.read(new ByteArrayInputStream(flipped)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("damaged");
    assertThatThrownBy(() -> Checkpoint.read(new ByteArrayInputStream(cut)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("damaged");
    assertThatThrownBy(() -> Checkpoint.read(new ByteArrayInputStream(new byte[100])))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("expected a training checkpoint");
  }

  @Test
  void stopsWhenTheLossDiverges() {
    TrainingOptions options =
        options(2).withOptimizer(Optimizer.sgd(1e6)).withSchedule(new Schedule.Constant(0));

    assertThatThrownBy(() -> train(network(), options))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("diverges; lower the learning rate");
  }

  @Test
  void refusesNormalizationThatDependsOnTheBatchInEvaluation() {
    GraphMaker f = new GraphMaker(15, 1);
    Value x = f.input("image", Dim.of("N"), Dim.of(1), Dim.of(12), Dim.of(12));
    x = f.add("Conv", "c", x, f.weights("w", 4, 1, 12, 12));
    NodeBuilder norm = NodeBuilder.of("BatchNormalization").attribute("training_mode", 1);
    x =
        f.add(
            norm,
            "bn",
            x,
            f.weights("s", 4),
            f.weights("b", 4),
            f.weights("m", 4),
            f.positive("v", 4));
    Model model = f.outputs(f.add("Flatten", "y", x)).model();

    assertThatThrownBy(() -> train(model, options(1)))
        .isInstanceOf(UnsupportedOperatorException.class)
        .hasMessageContaining("BatchNormalization 'bn'")
        .hasMessageContaining("training_mode");
  }

  @Test
  void refusesNormalizationOfOneValueAChannel() {
    GraphMaker f = new GraphMaker(15, 1);
    Value x = f.input("image", Dim.of("N"), Dim.of(1), Dim.of(12), Dim.of(12));
    x = f.add("Conv", "c", x, f.weights("w", 4, 1, 12, 12));
    Model model = f.outputs(f.add("Flatten", "y", f.normalize("bn", x, 4))).model();

    assertThatThrownBy(() -> train(model, options(1).withBatchSize(1)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("BatchNormalization 'bn'")
        .hasMessageContaining("larger batches");
  }

  @Test
  void refusesLabelsOutOfRangeNamingTheSample() {
    assertThatThrownBy(() ->
            new Trainer(options(1), TrainingListener.NONE).train(network(), labelled(1, 0, 4, 2)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("sample 2 has label 4")
        .hasMessageContaining("the network has 4 classes, 0 to 3");
  }

  @Test
  void refusesDataWithoutLabelsOrWithNaN() {
    float[] pixels = new float[2 * 144];
    Dataset unlabelled =
        TensorDataset.of("plain", Map.of("image", Tensor.ofFloats(Shape.of(2, 1, 12, 12), pixels)));
    pixels[150] = Float.NaN;
    Dataset broken =
        TensorDataset.of(
            "broken",
            Map.of("image", Tensor.ofFloats(Shape.of(2, 1, 12, 12), pixels)),
            new Labels.Classes(List.of(0, 1)));

    assertThatThrownBy(() -> train(network(), options(1), unlabelled))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("class labels");
    assertThatThrownBy(() -> train(network(), options(1), broken))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("sample 1 holds NaN");
  }

  @Test
  void namesTheNodeThatItDoesNotKnowAndWhatItKnows() {
    GraphMaker fixture = new GraphMaker(17);
    fixture.outputs(
        fixture.add(
            "Gemm",
            "y",
            fixture.add("Hardmax", "strange", fixture.input("image", 2, 3)),
            fixture.weights("w", 3, 4)));

    assertThatThrownBy(() -> train(fixture.model(), options(1)))
        .isInstanceOf(UnsupportedOperatorException.class)
        .hasMessageContaining("Hardmax 'strange'")
        .hasMessageContaining("BatchNormalization, Cast, Celu, Clip, Concat, Conv, ConvTranspose");
  }

  @Test
  void refusesAModelWithNothingToTrain() {
    GraphMaker fixture = new GraphMaker(17);
    fixture.outputs(fixture.add("Relu", "y", fixture.input("image", 2, 4)));

    assertThatThrownBy(() -> train(fixture.model(), options(1)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("nothing to train");
  }

  @Test
  void refusesToHoldBackEverything() {
    assertThatThrownBy(() -> train(network(), options(1).withValidation(320)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("got 320 samples to hold back");
  }

  @Test
  void reportsProgressStepsAndEpochs() throws IOException {
    List<String> heard = new ArrayList<>();
    List<Long> steps = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public Progress progress() {
            return new Progress() {
              @Override
              public void begin(String task, long total) {
                heard.add(task + " of " + total);
              }

              @Override
              public void advance(long count) {}

              @Override
              public void end() {
                heard.add("end");
              }
            };
          }

          @Override
          public void step(long step, long all, double loss) {
            steps.add(step);
            assertThat(all).isEqualTo(18);
            assertThat(loss).isPositive();
          }
        };

    TrainingResult result =
        new Trainer(options(2).withValidation(30), listener).train(network(), DATA);

    assertThat(heard).containsExactly("epoch 1/2 of 9", "end", "epoch 2/2 of 9", "end");
    assertThat(steps).hasSize(18).isSorted();
    assertThat(result.epochs().getLast().validationAccuracy().getAsDouble()).isBetween(0.5, 1.0);
  }

  private static TrainingResult train(Model model, TrainingOptions options) throws IOException {
    return train(model, options, DATA);
  }

  private static TrainingResult train(Model model, TrainingOptions options, Dataset data)
      throws IOException {
    return new Trainer(options, TrainingListener.NONE).train(model, data);
  }

  private static Dataset labelled(Integer... labels) {
    return TensorDataset.of(
        "labelled",
        Map.of(
            "image",
            Tensor.ofFloats(Shape.of(labels.length, 1, 12, 12), new float[labels.length * 144])),
        new Labels.Classes(List.of(labels)));
  }

  private static TrainingListener keeping(List<byte[]> states) {
    return new TrainingListener() {
      @Override
      public void epoch(EpochReport report, CheckpointSource source) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
          source.take().write(out);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        states.add(out.toByteArray());
      }
    };
  }
}
