// SPDX-License-Identifier: Apache-2.0
package dev.quench.compress.prune.sparse;

import static dev.quench.compress.Equivalence.BACKEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quench.compress.Equivalence;
import dev.quench.compress.prune.RandomNetwork;
import dev.quench.compress.prune.structure.PruningException;
import dev.quench.compress.zoo.Architecture;
import dev.quench.compress.zoo.NetworkOptions;
import dev.quench.graph.Model;
import dev.quench.graph.Node;
import dev.quench.graph.NodeBuilder;
import dev.quench.graph.Value;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.tensor.Shape;
import dev.quench.tensor.Tensor;
import dev.quench.testing.GraphMaker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StructuredSparsityTest {
  private static final long SEED = Long.getLong("tests.seed", 20261128);
  private static final int NETWORKS = Integer.getInteger("tests.networks", 100);

  @ParameterizedTest
  @EnumSource(Architecture.class)
  void givesTheZooThePattern(Architecture architecture) {
    Model model =
        architecture.build(
            NetworkOptions.CIFAR.withInput(3, 32, 32).withWidthMultiplier(0.25).withSeed(4));

    SparseModel sparse = StructuredSparsity.of(model).checkOn(BACKEND).run();

    assertPattern(sparse);
  }

  /// Networks in which what moves meets residuals, concatenations, splits, shuffles and gates: each
  /// computes the same in its new order (which the run itself checks), and no layer keeps less.
  @Test
  void randomNetworksComputeTheSameInAnotherOrder() {
    int moved = 0;
    for (int i = 0; i < NETWORKS; i++) {
      long seed = SEED + i;
      try {
        SparseModel sparse =
            StructuredSparsity.of(RandomNetwork.of(seed)).firstLayers(true).checkOn(BACKEND).run();
        assertPattern(sparse);
        moved += sparse.report().equivalence().isPresent() ? 1 : 0;
      } catch (PruningException e) {
        assertThat(e.getMessage()).as("seed %d", seed).contains("no layer fits the pattern 2:4");
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "seed %d (rerun: -Dtests.seed=%d -Dtests.networks=1)".formatted(seed, seed), e);
      }
    }
    // Else the test says nothing.
    assertThat(moved).isGreaterThan(NETWORKS / 2);
  }

  private static void assertPattern(SparseModel sparse) {
    SparsityReport report = sparse.report();
    for (SparsityReport.Layer layer : report.layers()) {
      Node node = node(sparse.model(), layer.name());
      assertThat(mostInAGroup(node, 4)).as(layer.name()).isLessThanOrEqualTo(2);
      assertThat(layer.permutedShare()).as(layer.name()).isGreaterThanOrEqualTo(layer.share());
    }
    assertThat(report.zeros()).isGreaterThanOrEqualTo(report.weights() / 2);
    report.equivalence().ifPresent(each -> assertThat(each.worst()).isLessThanOrEqualTo(1e-4));
  }

  private static Node node(Model model, String name) {
    return model.graph().nodes().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /// The largest number of weights that are not zero among `of` consecutive input channels.
  private static int mostInAGroup(Node node, int of) {
    Tensor weights = node.input(1).initializer().orElseThrow();
    int axis = SparseLayers.axis(node).orElseThrow();
    Shape shape = weights.shape();
    int inner = 1;
    for (int i = axis + 1; i < shape.rank(); i++) {
      inner *= (int) shape.size(i);
    }
    int size = (int) shape.size(axis);
    int most = 0;
    for (int i = 0; i < weights.elements(); i++) {
      if (i / inner % size % of == 0) {
        int count = 0;
        for (int k = 0; k < of; k++) {
          count += weights.doubleAt(i + (long) k * inner) != 0 ? 1 : 0;
        }
        most = Math.max(most, count);
      }
    }
    return most;
  }

  @ParameterizedTest
  @CsvSource({"1:4, 0.75", "2:4, 0.5", "4:8, 0.5", "3:4, 0.25"})
  void keepsTheLargestOfAnyPattern(String text, double zeros) {
    SparsityPattern pattern = SparsityPattern.of(text);
    GraphMaker graph = new GraphMaker();
    Value x = graph.input("x", 2, 16);
    graph.outputs(graph.add("MatMul", "y", x, graph.weights("w", 16, 5)));
    Model model = graph.model();

    SparseModel sparse =
        StructuredSparsity.of(model).pattern(pattern).firstLayers(true).checkOn(BACKEND).run();

    assertThat(sparse.report().zeros()).isEqualTo((long) (zeros * 80));
    assertThat(mostInAGroup(node(sparse.model(), "y"), pattern.of())).isEqualTo(pattern.kept());
    float[] before = model.graph().value("w").orElseThrow().initializer().orElseThrow().toFloats();
    float[] after =
        sparse.model().graph().value("w").orElseThrow().initializer().orElseThrow().toFloats();
    for (int i = 0; i < before.length; i++) {
      assertThat(after[i]).isIn(before[i], 0f);
    }
    assertThat(Math.abs(after[0]) > 0 || smaller(before, 0, pattern.of()) < pattern.of()).isTrue();
  }

  private static int smaller(float[] weights, int at, int of) {
    int count = 0;
    for (int k = 0; k < of; k++) {
      count += Math.abs(weights[k * 5 + at]) < Math.abs(weights[at]) ? 1 : 0;
    }
    return count;
  }

  /// Channels 0 to 3 are large and share a group: without exchange half of what matters is lost.
  @Test
  void movesChannelsApartThatCompeteForPlaces() {
    GraphMaker graph = new GraphMaker();
    Value x = graph.input("x", 1, 3, 4, 4);
    Value hidden = graph.add("Conv", "a", x, graph.weights("a.w", 8, 3, 1, 1));
    float[] weights = new float[6 * 8];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (i % 8 < 4 ? 10 : 0.01f) + 0.001f * i;
    }
    Value second = graph.constant("b.w", Tensor.ofFloats(Shape.of(6, 8, 1, 1), weights));
    graph.outputs(graph.add("Conv", "b", graph.add("Relu", "r", hidden), second));
    Model model = graph.model();

    SparsityReport report = StructuredSparsity.of(model).checkOn(BACKEND).run().report();
    SparsityReport plain = StructuredSparsity.of(model).permute(false).run().report();

    assertThat(report.layers().getFirst().name()).isEqualTo("b");
    assertThat(report.layers().getFirst().share()).isLessThan(0.55);
    assertThat(report.layers().getFirst().permutedShare()).isGreaterThan(0.99);
    assertThat(report.layers().getFirst().unmoved()).isEmpty();
    assertThat(plain.layers().getFirst().permutedShare())
        .isEqualTo(report.layers().getFirst().share());
    assertThat(report.leftOut()).containsEntry("a", "it reads the input of the graph");
  }

  @Test
  void theSameSeedGivesTheSameOrder() {
    Model model = Architecture.NIN.build(NetworkOptions.MNIST.withWidthMultiplier(0.25));
    Model first = StructuredSparsity.of(model).run().model();
    Model again = StructuredSparsity.of(model).run().model();

    for (Value value : first.graph().initializers()) {
      Tensor other = again.graph().value(value.name()).orElseThrow().initializer().orElseThrow();
      assertThat(other.contentEquals(value.initializer().orElseThrow())).as(value.name()).isTrue();
    }
  }

  @Test
  void saysWhyLayersAreLeftOutAndChannelsKeepTheirPlaces() {
    GraphMaker graph = new GraphMaker();
    Value x = graph.input("x", 1, 8, 4, 4);
    Value a = graph.add("Conv", "a", x, graph.weights("a.w", 10, 8, 1, 1));
    Value deep =
        graph.add(
            NodeBuilder.of("Conv").attribute("group", 10),
            "deep",
            a,
            graph.weights("deep.w", 10, 1, 1, 1));
    Value odd = graph.add("Conv", "odd", deep, graph.weights("odd.w", 3, 10, 1, 1));
    Value few = graph.add("Conv", "few", odd, graph.weights("few.w", 8, 3, 1, 1));
    Value soft = graph.add(NodeBuilder.of("Softmax").attribute("axis", 1), "soft", few);
    Value last = graph.add("Conv", "last", soft, graph.weights("last.w", 8, 8, 1, 1));
    graph.outputs(graph.add("Conv", "named", last, graph.weights("named.w", 4, 8, 1, 1)));

    SparsityReport report =
        StructuredSparsity.of(graph.model())
            .excluding(NodeSelection.of(List.of("named")))
            .run()
            .report();

    assertThat(report.leftOut())
        .containsEntry("a", "it reads the input of the graph")
        .containsEntry("deep", "depthwise: each output sums over one channel")
        .containsEntry("odd", "10 input channels are not a multiple of 4")
        .containsEntry("few", "3 input channels, fewer than 4")
        .containsEntry("named", "excluded");
    assertThat(report.layers()).hasSize(1);
    assertThat(report.layers().getFirst().unmoved())
        .isEqualTo("8 of 8 input channels keep their places: Softmax 'soft' computes over it");
  }

  @Test
  void aShortcutFromTheInputMakesNoFirstLayers() {
    GraphMaker graph = new GraphMaker();
    Value x = graph.input("x", 2, 8);
    Value a = graph.add("MatMul", "a", x, graph.weights("a.w", 8, 8));
    Value sum = graph.add("Add", "sum", x, a);
    Value b = graph.add("MatMul", "b", graph.add("Relu", "r", sum), graph.weights("b.w", 8, 8));
    Value last = graph.add("Add", "last", sum, b);
    Value c = graph.add("MatMul", "c", graph.add("Abs", "s", x), graph.weights("c.w", 8, 8));
    graph.outputs(graph.add("Add", "y", last, c));

    SparsityReport report = StructuredSparsity.of(graph.model()).run().report();

    assertThat(report.leftOut()).containsOnlyKeys("a", "c");
    assertThat(report.layers()).extracting(each -> each.name()).containsExactly("b");
  }

  @Test
  void leavesWeightsThatSomethingElseReads() {
    GraphMaker graph = new GraphMaker();
    Value x = graph.input("x", 2, 8);
    Value table = graph.weights("table", 8, 8);
    Value rows = graph.add("Gather", "rows", table, graph.constant("which", 0, 3));
    Value y = graph.add("MatMul", "y", graph.add("Relu", "r", x), table);
    graph.outputs(graph.add("Add", "sum", y, rows));

    assertThatThrownBy(() -> StructuredSparsity.of(graph.model()).firstLayers(true).run())
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("no layer fits the pattern 2:4: y: ")
        .hasMessageContaining("reads its weights in another way");
  }

  @Test
  void refusesWeightsThatAreNotNumbers() {
    GraphMaker graph = new GraphMaker();
    float[] weights = new float[32];
    weights[5] = Float.NaN;
    Value w = graph.constant("w", Tensor.ofFloats(Shape.of(8, 4), weights));
    graph.outputs(graph.add("MatMul", "y", graph.input("x", 1, 8), w));

    assertThatThrownBy(() -> StructuredSparsity.of(graph.model()).firstLayers(true).run())
        .isInstanceOf(PruningException.class)
        .hasMessageContaining("layer 'y' hold NaN");
  }

  /// The model given stays as it is.
  @Test
  void doesNotTouchTheModel() {
    Model model = Architecture.LENET.build(NetworkOptions.MNIST);
    Model before = model.copy();
    StructuredSparsity.of(model).run();

    Equivalence.assertSameOutputs(before, model, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"4:2", "2:2", "0:4", "2", "2:4:8", "a:b", "2:64"})
  void refusesWhatIsNoPattern(String text) {
    assertThatThrownBy(() -> SparsityPattern.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("such as 2:4");
  }
}
