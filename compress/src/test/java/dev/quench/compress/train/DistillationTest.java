// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.TrainingFixtures.bars;
import static dev.quench.compress.train.TrainingFixtures.network;
import static dev.quench.compress.train.TrainingFixtures.options;
import static dev.quench.compress.train.TrainingFixtures.small;
import static dev.quench.compress.train.TrainingFixtures.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.train.distill.Distillation;
import dev.quench.compress.train.distill.Distillation.Attention;
import dev.quench.compress.train.distill.Distillation.Hint;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.zoo.Architecture;
import dev.quench.data.array.TensorDataset;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.run.dataset.Batch;
import dev.quench.run.dataset.Dataset;
import dev.quench.run.dataset.Labels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class DistillationTest {
  private static final Dataset DATA = bars(320, 3);
  private static Model teacher = network();

  @BeforeAll
  static void trainTheTeacher() throws IOException {
    teacher =
        new Trainer(options(3), TrainingListener.NONE)
            .train(Architecture.VGG_SMALL.build(small().withWidthMultiplier(0.25)), DATA)
            .model();
  }

  @Test
  void softTargetsAloneTeachWhatWrongLabelsHide() throws IOException {
    Distillation outputs = new Distillation(2, 1, List.of(), List.of());

    Model taught = distill(outputs, options(4), mislabelled()).model();
    Model alone =
        new Trainer(options(4), TrainingListener.NONE).train(network(), mislabelled()).model();

    assertThat(Evaluator.evaluate(taught, bars(200, 8), 1).accuracy()).isGreaterThan(0.9);
    assertThat(Evaluator.evaluate(alone, bars(200, 8), 1).accuracy()).isLessThan(0.6);
  }

  @Test
  void hintsAndAttentionAreLearnedAndLeaveNoTrace() throws IOException {
    Distillation features =
        new Distillation(
            4,
            0,
            List.of(new Hint(convolution(teacher, 2), convolution(network(), 2), 1)),
            List.of(new Attention(convolution(teacher, 3), convolution(network(), 3), 100)));

    TrainingResult result = distill(features, options(3), DATA);

    Model student = network();
    assertThat(result.model().graph().nodes()).hasSameSizeAs(student.graph().nodes());
    assertThat(names(result.model())).isEqualTo(names(student));
    assertThat(result.epochs().getLast().loss()).isLessThan(result.epochs().getFirst().loss());
    Model plain = new Trainer(options(3), TrainingListener.NONE).train(student, DATA).model();
    assertThat(weights(result.model())).isNotEqualTo(weights(plain));
  }

  @Test
  void resumesToTheBitAndRefusesAnotherTeacher() throws IOException {
    List<Checkpoint> states = new ArrayList<>();
    TrainingListener keeping =
        new TrainingListener() {
          @Override
          public void epoch(EpochReport report, CheckpointSource source) {
            states.add(source.take());
          }
        };
    Distillation hinted =
        new Distillation(
            4,
            0.5,
            List.of(new Hint(convolution(teacher, 1), convolution(network(), 1), 1)),
            List.of());
    TrainingResult whole =
        new Trainer(options(2), keeping).withTeacher(teacher, hinted).train(network(), DATA);

    TrainingResult resumed =
        new Trainer(options(2), TrainingListener.NONE)
            .withTeacher(teacher, hinted)
            .resume(network(), DATA, states.getFirst());

    assertThat(weights(resumed.model())).isEqualTo(weights(whole.model()));
    Model other = Architecture.VGG_SMALL.build(small().withWidthMultiplier(0.25));
    assertThatThrownBy(() ->
            new Trainer(options(2), TrainingListener.NONE)
                .withTeacher(other, hinted)
                .resume(network(), DATA, states.getFirst()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("its settings");
  }

  @Test
  void refusesATeacherOfOtherOutputsOrInputs() {
    Model tenClasses = Architecture.VGG_SMALL.build(small().withClasses(10));
    Model larger = Architecture.VGG_SMALL.build(small().withInput(1, 28, 28));

    assertThatThrownBy(() -> distill(tenClasses, Distillation.DEFAULT))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("the teacher gives [N, 10] and the student [N, 4]");
    assertThatThrownBy(() -> distill(larger, Distillation.DEFAULT))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("the teacher takes [N, 1, 28, 28]");
  }

  @Test
  void refusesTensorsThatAreMissingOrDoNotFit() {
    String image = convolution(network(), 1);
    String logits = network().graph().outputs().getFirst().name();

    assertThatThrownBy(() -> distill(teacher, hint("nowhere", image)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("the teacher has no tensor 'nowhere'");
    assertThatThrownBy(() -> distill(teacher, hint(image, "nowhere")))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("the student has no tensor 'nowhere'");
    assertThatThrownBy(() -> distill(teacher, hint(image, logits)))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("expected two of the same rank");
    assertThatThrownBy(() ->
            distill(
                teacher,
                new Distillation(4, 0.5, List.of(), List.of(new Attention(image, logits, 1)))))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("attention needs images");
  }

  @Test
  void refusesALossThatTakesNoLogits() {
    TrainingOptions hinge = options(1).withLoss(Loss.SQUARED_HINGE);

    assertThatThrownBy(() ->
            new Trainer(hinge, TrainingListener.NONE).withTeacher(teacher, Distillation.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cross-entropy");
  }

  private static Distillation hint(String from, String to) {
    return new Distillation(4, 0.5, List.of(new Hint(from, to, 1)), List.of());
  }

  private static TrainingResult distill(Model by, Distillation distillation) throws IOException {
    return new Trainer(options(1), TrainingListener.NONE)
        .withTeacher(by, distillation)
        .train(network(), DATA);
  }

  private static TrainingResult distill(
      Distillation distillation, TrainingOptions options, Dataset data) throws IOException {
    return new Trainer(options, TrainingListener.NONE)
        .withTeacher(teacher, distillation)
        .train(network(), data);
  }

  /// The name of the n-th convolution's output.
  private static String convolution(Model model, int index) {
    return model.graph().nodes().stream()
        .filter(node -> node.is("Conv"))
        .skip(index)
        .findFirst()
        .map(node -> node.output(0).name())
        .orElseThrow();
  }

  private static List<String> names(Model model) {
    return model.graph().nodes().stream().map(Node::name).toList();
  }

  /// The images of [#DATA] with the labels of others.
  private static Dataset mislabelled() throws IOException {
    try (Stream<Batch> batches = DATA.batches(320)) {
      Batch all = batches.findFirst().orElseThrow();
      List<Integer> labels = new ArrayList<>(((Labels.Classes) all.labels()).indices());
      Collections.rotate(labels, 7);
      return TensorDataset.of("mislabelled", Map.copyOf(all.inputs()), new Labels.Classes(labels));
    }
  }
}
