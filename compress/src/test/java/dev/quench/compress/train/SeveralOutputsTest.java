// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.train;

import static dev.quench.compress.train.TrainingFixtures.bars;
import static dev.quench.compress.train.TrainingFixtures.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.train.quantize.LowerQuantization;
import dev.quench.compress.train.quantize.QuantizedTraining;
import dev.quench.compress.train.quantize.TrainingScheme;
import dev.quench.compress.train.run.Loss;
import dev.quench.compress.train.run.Objective;
import dev.quench.compress.train.run.Objective.OutputLoss;
import dev.quench.compress.train.run.TrainingListener;
import dev.quench.compress.train.run.TrainingOptions;
import dev.quench.graph.Graph;
import dev.quench.graph.Model;
import dev.quench.graph.ModelFormatException;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.run.dataset.Dataset;
import dev.quench.tensor.Dim;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A network with a second head, and one with Dropout and a dead channel.
class SeveralOutputsTest {
  private static final Dataset DATA = bars(320, 3);

  @Test
  void aFurtherOutputIsTrainedByItsLoss() throws IOException {
    Model start = network();
    TrainingOptions both =
        options(1)
            .withObjective(
                Objective.CROSS_ENTROPY.withOthers(
                    List.of(new OutputLoss("second", Loss.SQUARED_HINGE, 0.5))));

    Model alone = train(options(1), start);
    Model together = train(both, start);

    assertThat(values(alone, "w2")).isEqualTo(values(start, "w2"));
    assertThat(values(together, "w2")).isNotEqualTo(values(start, "w2"));
    assertThat(values(together, "w1")).isNotEqualTo(values(alone, "w1"));
  }

  @Test
  void anOutputThatIsMissingIsNamed() {
    TrainingOptions wrong =
        options(1)
            .withObjective(
                Objective.CROSS_ENTROPY.withOthers(
                    List.of(new OutputLoss("third", Loss.CROSS_ENTROPY, 1))));

    assertThatThrownBy(() -> train(wrong, network()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("no tensor 'third'");
  }

  @Test
  void anAllZeroChannelSurvives() throws IOException {
    Model start = network();
    float[] kernel = values(start, "k");
    Arrays.fill(kernel, 0, 9, 0);
    Value value = start.graph().value("k").orElseThrow();
    start
        .graph()
        .setInitializer(value, Tensor.ofFloats(value.initializer().orElseThrow().shape(), kernel));

    Model trained = train(options(2), start);

    for (String name : List.of("k", "n.scale", "n.shift", "n.mean", "n.variance", "w1")) {
      for (float each : values(trained, name)) {
        assertThat(each).as(name).isFinite();
      }
    }
  }

  private static Model quantized() {
    Model model = network();
    QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8));
    return model;
  }

  @Test
  void calibrationReachesEveryOutput() throws IOException {
    Model calibrated = PostTrainingQuantization.calibrate(quantized(), DATA, 2, 16, 1);

    assertThat(new LowerQuantization().apply(calibrated)).isTrue();
    assertThat(Equivalence.opTypes(calibrated)).contains("QuantizeLinear");
  }

  @Test
  void calibrationDoesNotNeedOutputsWithoutQuantizers() throws IOException {
    Model model = network();
    Graph graph = model.graph();
    Value first = graph.outputs().getFirst();
    graph.removeOutput(1);
    Node best =
        graph.append(NodeBuilder.of("ArgMax").attribute("axis", 1).inputs(first).output("best"));
    graph.addOutput(best.output(0));
    QuantizedTraining.prepare(model, TrainingScheme.iao(8, 8));

    Model calibrated = PostTrainingQuantization.calibrate(model, DATA, 2, 16, 1);

    assertThat(new LowerQuantization().apply(calibrated)).isTrue();
    assertThat(Equivalence.opTypes(calibrated)).contains("QuantizeLinear", "ArgMax");
  }

  @Test
  void quantizersOfAnOutputWithoutLossAreRefusedBeforeTraining() throws IOException {
    assertThatThrownBy(() -> train(options(1), quantized()))
        .isInstanceOf(ModelFormatException.class)
        .hasMessageContaining("outputs [second]")
        .hasMessageContaining("--output-weight");

    TrainingOptions both =
        options(1)
            .withObjective(
                Objective.CROSS_ENTROPY.withOthers(
                    List.of(new OutputLoss("second", Loss.CROSS_ENTROPY, 0.5))));
    assertThat(train(both, quantized())).isNotNull();
  }

  private static Model train(TrainingOptions options, Model start) throws IOException {
    return new Trainer(options, TrainingListener.NONE).train(start, DATA).model();
  }

  private static Model network() {
    GraphMaker f = new GraphMaker(17, 4);
    Value x = f.input("image", Dim.of("N"), Dim.of(1), Dim.of(12), Dim.of(12));
    x = f.add("Conv", "c", x, f.weights("k", 6, 1, 3, 3));
    x = f.add("Relu", "r", f.normalize("n", x, 6));
    x = f.add(NodeBuilder.of("MaxPool").ints("kernel_shape", 5, 5).ints("strides", 5, 5), "p", x);
    x = f.add("Dropout", "d", f.add("Flatten", "f", x));
    Value first = f.add("MatMul", "first", x, f.weights("w1", 24, 4));
    Value second = f.add("MatMul", "second", x, f.weights("w2", 24, 4));
    return f.outputs(first, second).model();
  }

  private static float[] values(Model model, String name) {
    return model.graph().value(name).orElseThrow().initializer().orElseThrow().toFloats();
  }
}
