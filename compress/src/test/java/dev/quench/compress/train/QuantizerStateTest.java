// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.train.quantize.FreezeQuantization;
import dev.quench.compress.train.quantize.Observer;
import dev.quench.compress.train.quantize.QuantizationNodes;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.quantize.TrainingScheme.Normalization;
import dev.quench.compress.train.run.Checkpoint;
import dev.quench.compress.train.run.EpochReport;
import dev.quench.compress.train.run.Evaluator;
import dev.quench.compress.train.run.TrainingException;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.compress.train.run.TrainingResult;
import dev.quench.compress.zoo.Architecture;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Dataset;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What quantizers remember: when it changes, and that it survives a checkpoint.
class QuantizerStateTest {
  private static final Dataset TRAINING = TrainingFixtures.bars(320, 1);
  private static final Dataset TEST = TrainingFixtures.bars(400, 2);
  private static final TrainingOptions OPTIONS =
      TrainingOptions.QUANTIZED.withBatchSize(32).withEpochs(3);
  private static final TrainingScheme FUSED =
      TrainingScheme.iao(8, 8).withNormalization(Normalization.FUSED);
  private static Model trained;

  @BeforeAll
  static void trainTheFloatNetwork() throws IOException {
    trained =
        new Trainer(TrainingFixtures.options(2), TrainingListener.NONE)
            .train(Architecture.VGG_SMALL.build(TrainingFixtures.small()), TRAINING)
            .model();
  }

  private static Model prepared(TrainingScheme scheme) {
    Model model = trained.copy();
    QuantizedTraining.prepare(model, scheme);
    return model;
  }

  private static Model train(Model model, TrainingOptions options) throws IOException {
    return new Trainer(options, TrainingListener.NONE).train(model, TRAINING).model();
  }

  @ParameterizedTest
  @EnumSource(Observer.class)
  void observersResumeToTheBit(Observer observer) throws IOException {
    assertResumes(FUSED.withObserver(observer, 0.999));
  }

  @Test
  void trainedStepsAndBoundsResumeToTheBit() throws IOException {
    assertResumes(TrainingScheme.lsq(4, 4));
    assertResumes(TrainingScheme.pact(4, 4));
  }

  private static void assertResumes(TrainingScheme scheme) throws IOException {
    List<byte[]> states = new ArrayList<>();
    TrainingResult whole = new Trainer(OPTIONS, keeping(states)).train(prepared(scheme), TRAINING);

    TrainingResult resumed =
        new Trainer(OPTIONS, TrainingListener.NONE)
            .resume(
                prepared(scheme),
                TRAINING,
                Checkpoint.read(new ByteArrayInputStream(states.getFirst())));

    assertThat(TrainingFixtures.weights(resumed.model()))
        .isEqualTo(TrainingFixtures.weights(whole.model()));
  }

  private static TrainingListener keeping(List<byte[]> states) {
    return new TrainingListener() {
      @Override
      public void epoch(EpochReport report, CheckpointSource checkpoint) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
          checkpoint.take().write(out);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        states.add(out.toByteArray());
      }
    };
  }

  @Test
  void theCheckpointOfOtherBitsIsRefused() throws IOException {
    List<byte[]> states = new ArrayList<>();
    new Trainer(OPTIONS.withEpochs(1), keeping(states)).train(prepared(FUSED), TRAINING);
    Checkpoint checkpoint = Checkpoint.read(new ByteArrayInputStream(states.getFirst()));
    Model other = prepared(TrainingScheme.iao(4, 4).withNormalization(Normalization.FUSED));

    assertThatThrownBy(() ->
            new Trainer(OPTIONS.withEpochs(1), TrainingListener.NONE)
                .resume(other, TRAINING, checkpoint))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("another run: its network");
  }

  @Test
  void evaluationChangesNothing() throws IOException {
    Model model = train(prepared(FUSED), OPTIONS.withEpochs(1));
    List<Float> before = TrainingFixtures.weights(model);

    double first = Evaluator.evaluate(model, TEST, 1).loss();
    double second = Evaluator.evaluate(model, TEST, 1).loss();

    assertThat(second).isEqualTo(first);
    assertThat(TrainingFixtures.weights(model)).isEqualTo(before);
  }

  @ParameterizedTest
  @EnumSource(Observer.class)
  void calibrationWithoutTrainingChangesRangesAlone(Observer observer) throws IOException {
    Model model = prepared(FUSED.withObserver(observer, 0.9999));
    Map<String, List<Float>> before = constants(model);

    Model calibrated = PostTrainingQuantization.calibrate(model, TRAINING, 5, 32, 1);

    Map<String, List<Float>> after = constants(calibrated);
    assertThat(after.keySet()).isEqualTo(before.keySet());
    after.forEach((name, values) -> {
      if (name.endsWith("_range")) {
        assertThat(values.getFirst()).as(name).isEqualTo(5);
        assertThat(values.get(2)).as(name).isPositive();
      } else {
        assertThat(values).as(name).isEqualTo(before.get(name));
      }
    });
    double accuracy = Evaluator.evaluate(trained, TEST, 1).accuracy();
    Evaluation seen = new Evaluation(calibrated);
    assertThat(seen.accuracy()).isGreaterThan(accuracy - 0.02);
    TrainedModel.lower(calibrated);
    assertThat(Predictions.differences(calibrated, TEST, seen.predictions()))
        .isLessThanOrEqualTo(1);
  }

  private record Evaluation(double accuracy, List<Integer> predictions) {
    Evaluation(Model model) throws IOException {
      this(Evaluator.evaluate(model, TEST, 1));
    }

    private Evaluation(dev.quench.compress.train.run.Evaluation found) {
      this(found.accuracy(), found.predictions());
    }
  }

  @ParameterizedTest
  @EnumSource(Normalization.class)
  void frozenTrainingMovesWeightsAndLeavesRangesAndStatistics(Normalization normalization)
      throws IOException {
    Model model =
        PostTrainingQuantization.calibrate(
            prepared(TrainingScheme.iao(8, 8).withNormalization(normalization)),
            TRAINING,
            4,
            32,
            1);
    double before = Evaluator.evaluate(model, TEST, 1).loss();
    assertThat(new FreezeQuantization().apply(model)).isGreaterThan(8);
    assertThat(Evaluator.evaluate(model, TEST, 1).loss()).isEqualTo(before);
    Map<String, List<Float>> frozen = constants(model);

    Model tuned = train(model, OPTIONS.withEpochs(1));

    Map<String, List<Float>> after = constants(tuned);
    int moved = 0;
    for (String name : after.keySet()) {
      if (name.endsWith("_range") || name.endsWith(".mean") || name.endsWith(".variance")) {
        assertThat(after.get(name)).as(name).isEqualTo(frozen.get(name));
      } else {
        moved += after.get(name).equals(frozen.get(name)) ? 0 : 1;
      }
    }
    assertThat(moved).isGreaterThan(10);
    dev.quench.compress.train.run.Evaluation seen = Evaluator.evaluate(tuned, TEST, 1);
    TrainedModel.lower(tuned);
    assertThat(Evaluator.evaluate(tuned, TEST, 1).loss()).isEqualTo(seen.loss());
    assertThat(Predictions.differences(tuned, TEST, seen.predictions())).isLessThanOrEqualTo(1);
  }

  @Test
  void frozenStepsAndBoundsStay() throws IOException {
    for (TrainingScheme scheme : List.of(TrainingScheme.lsq(4, 4), TrainingScheme.pact(4, 4))) {
      Model model = train(prepared(scheme), OPTIONS.withEpochs(1));
      new FreezeQuantization().apply(model);
      Map<String, List<Float>> frozen = constants(model);

      Map<String, List<Float>> after = constants(train(model, OPTIONS.withEpochs(1)));

      after.forEach((name, values) -> {
        if (name.endsWith("_step") || name.endsWith("_bound") || name.endsWith("_range")) {
          assertThat(values).as(name).isEqualTo(frozen.get(name));
        }
      });
    }
  }

  @Test
  void anUnknownRangeIsNeverExported() {
    for (TrainingScheme scheme :
        List.of(FUSED, TrainingScheme.lsq(4, 4), TrainingScheme.pact(4, 4))) {
      Model model = prepared(scheme);

      assertThatThrownBy(() -> TrainedModel.lower(model.copy()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no batch has passed");
      assertThatThrownBy(() -> new FreezeQuantization().apply(model))
          .hasMessageContaining("no batch has passed");
    }
    assertThatThrownBy(() -> new FreezeQuantization().apply(trained.copy()))
        .hasMessageContaining("no quantizers to freeze");
  }

  @Test
  void theScalesOfTheFileBelongToTheFinalFoldedWeights() throws IOException {
    Model tuned = train(prepared(FUSED), OPTIONS);
    Node fold =
        tuned.graph().nodes().stream()
            .filter(node -> node.opType().equals(QuantizationNodes.FOLD))
            .findFirst()
            .orElseThrow();
    float[] weights = floats(fold.input(1));
    float[] gamma = floats(fold.input(3));
    float[] variance = floats(fold.input(6));
    int length = weights.length / gamma.length;
    float[] expected = new float[gamma.length];
    for (int i = 0; i < weights.length; i++) {
      int c = i / length;
      float folded = weights[i] * (gamma[c] / (float) Math.sqrt(variance[c] + 1e-5f));
      expected[c] = Math.max(expected[c], Math.abs(folded) / 127);
    }

    String layer = QuantizationNodes.foldedLayer(fold).name();

    TrainedModel.lower(tuned);

    Node dequantizer =
        tuned.graph().nodes().stream()
            .filter(node -> node.name().equals(layer))
            .findFirst()
            .orElseThrow()
            .input(1)
            .producer()
            .orElseThrow();
    assertThat(floats(dequantizer.input(1))).containsExactly(expected);
  }

  private static float[] floats(Value value) {
    return value.constant().orElseThrow().toFloats();
  }

  private static Map<String, List<Float>> constants(Model model) {
    Map<String, List<Float>> constants = new LinkedHashMap<>();
    for (Value value : model.graph().initializers()) {
      if (value.initializer().orElseThrow().dataType().isFloating()) {
        List<Float> values = new ArrayList<>();
        for (float each : floats(value)) {
          values.add(each);
        }
        constants.put(value.name(), values);
      }
    }
    return constants;
  }
}
