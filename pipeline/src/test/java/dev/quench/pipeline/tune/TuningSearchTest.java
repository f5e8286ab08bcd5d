// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.PreparedModel;
import dev.quench.pipeline.trial.LossBound;
import dev.quench.pipeline.tune.plan.OnnxRuntimeTuning;
import dev.quench.pipeline.tune.plan.TuningNetworks;
import dev.quench.pipeline.tune.plan.TuningSpace;
import dev.quench.run.Progress;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TuningSearchTest {
  private static final LossBound BOUND = LossBound.ofCosine(0.95);

  /// Three regions of four convolutions each that differ in their patterns: n0 to n22.
  private final TuningSpace space = space(TuningNetworks.widening());

  private static TuningSpace space(Model model) {
    PreparedModel.of(model);
    NodeNames.makeDistinct(model.graph());
    return TuningSpace.of(model, new OnnxRuntimeTuning(), NodeSelection.NONE);
  }

  private TuningOutcome search(CostModel costs, int budget) throws IOException {
    return new TuningSearch(space, costs, BOUND, budget, Progress.NONE).run();
  }

  private Set<String> floats(TuningOutcome outcome) {
    return space.choices(outcome.best().orElseThrow().plan()).floats();
  }

  @Test
  void theNetworkHasThreePatterns() {
    assertThat(space.patterns()).hasSize(3);
    assertThat(space.patterns()).allMatch(pattern -> pattern.region().nodes().size() == 4);
  }

  @Test
  void quantizesAllWhereThatIsFastestAndWithinTheBound() throws IOException {
    TuningOutcome outcome = search(new CostModel(space, 0.5, Map.of(), Map.of()), 30);
    assertThat(floats(outcome)).isEmpty();
    assertThat(outcome.best().orElseThrow().ratio()).isEqualTo(0.5);
  }

  @Test
  void leavesOnlyTheLayerFloatThatBreaksTheBound() throws IOException {
    TuningOutcome outcome =
        search(new CostModel(space, 0.5, Map.of(), Map.of("n10", 0.2, "n2", 0.001)), 30);
    assertThat(floats(outcome)).containsExactly("n10");
  }

  @Test
  void leavesTheLayersOfSeveralRegionsFloat() throws IOException {
    TuningOutcome outcome =
        search(new CostModel(space, 0.5, Map.of(), Map.of("n10", 0.2, "n2", 0.3, "n18", 0.01)), 40);
    assertThat(floats(outcome)).containsExactlyInAnyOrder("n2", "n10");
  }

  @Test
  void leavesARegionFloatThatIsSlowerInIntegers() throws IOException {
    Map<String, Double> slow = Map.of("n8", 2.0, "n10", 2.0, "n12", 2.0, "n14", 2.0);
    TuningOutcome outcome = search(new CostModel(space, 0.5, slow, Map.of()), 30);
    assertThat(floats(outcome)).containsExactlyInAnyOrder("n8", "n10", "n12", "n14");
  }

  @Test
  void keepsFloatWhereNothingIsTwoPercentFaster() throws IOException {
    TuningOutcome outcome = search(new CostModel(space, 0.985, Map.of(), Map.of()), 30);
    assertThat(outcome.best()).isEmpty();
    assertThat(outcome.isBoundReached()).isTrue();
    assertThat(outcome.whyFloat())
        .contains("within the bound takes 0.9")
        .doesNotContain("no quantized model reaches");
  }

  @Test
  void saysWhatComesClosestWhereNothingReachesTheBound() throws IOException {
    Map<String, Double> losses = new HashMap<>();
    space
        .patterns()
        .forEach(pattern -> pattern.region().nodes().forEach(node -> losses.put(node.name(), 0.1)));
    TuningOutcome outcome = search(new CostModel(space, 0.5, Map.of(), losses), 60);
    assertThat(outcome.best()).isEmpty();
    assertThat(outcome.isBoundReached()).isFalse();
    TuningPoint.Measured closest = outcome.closest().orElseThrow();
    assertThat(outcome.measured())
        .allMatch(point -> point.loss().worstCosine() <= closest.loss().worstCosine());
    assertThat(outcome.whyFloat())
        .startsWith("no quantized model reaches a worst cosine of 0.9500 or more; closest comes ");
  }

  @Test
  void keepsFloatWhereTheGainDoesNotComeAgain() throws IOException {
    TuningOutcome outcome =
        search(new CostModel(space, 0.9, Map.of(), Map.of()).confirmingSlower(1.2), 30);
    assertThat(outcome.best()).isEmpty();
    assertThat(outcome.whyFloat()).contains("but not when measured again");
  }

  @Test
  void measuresNoMoreModelsThanTheBudget() throws IOException {
    TuningOutcome outcome = search(new CostModel(space, 0.5, Map.of(), Map.of("n10", 0.2)), 7);
    assertThat(outcome.measured().stream().map(TuningPoint.Measured::form).distinct())
        .hasSizeLessThanOrEqualTo(7);
  }

  @Test
  void measuresNoPlanTwice() throws IOException {
    CostModel costs = new CostModel(space, 0.5, Map.of(), Map.of("n10", 0.2));
    search(costs, 40);
    // The last one confirms the best.
    assertThat(new HashSet<>(costs.measured())).hasSize(costs.measured().size() - 1);
  }

  @Test
  void isTheSameForTheSameMeasurements() throws IOException {
    Map<String, Double> losses = Map.of("n10", 0.2, "n0", 0.01);
    assertThat(search(new CostModel(space, 0.5, Map.of(), losses), 40))
        .isEqualTo(search(new CostModel(space, 0.5, Map.of(), losses), 40));
  }

  @Test
  void givesAReasonForEachPattern() throws IOException {
    TuningOutcome outcome = search(new CostModel(space, 0.5, Map.of(), Map.of("n10", 0.2)), 40);
    assertThat(RegionChoice.of(outcome)).hasSize(3);
    assertThat(RegionChoice.of(outcome).get(1).scheme()).isEqualTo("float: n10");
    assertThat(RegionChoice.of(outcome).get(1).reason())
        .contains("static: 0.5", "outside the bound");
  }
}
