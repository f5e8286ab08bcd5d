// SPDX-License-Identifier: Apache-2.0
package dev.quench.pipeline.tune.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quench.graph.Model;
import dev.quench.graph.pattern.NodeNames;
import dev.quench.graph.pattern.NodeSelection;
import dev.quench.pipeline.PreparedModel;
import java.util.List;
import org.junit.jupiter.api.Test;

class RegionSplitTest {
  private static List<Region> regions(Model model) {
    PreparedModel.of(model);
    NodeNames.makeDistinct(model.graph());
    return RegionSplit.of(model.graph(), new OnnxRuntimeTuning().quantizable(model));
  }

  private static List<Integer> sizes(List<Region> regions) {
    return regions.stream().map(region -> region.nodes().size()).toList();
  }

  @Test
  void cutsAChainIntoRegionsOfFourLayers() {
    assertThat(sizes(regions(TuningNetworks.chain(10)))).containsExactly(4, 4, 2);
  }

  @Test
  void cutsBehindEachResidualSum() {
    List<Region> regions = regions(TuningNetworks.residual(3));
    assertThat(sizes(regions)).containsExactly(1, 3, 3, 2);
    assertThat(regions.get(1).nodes())
        .extracting(QuantizableNode::kind)
        .containsExactly(
            QuantizableNode.Kind.CONVOLUTION,
            QuantizableNode.Kind.CONVOLUTION,
            QuantizableNode.Kind.JOIN);
  }

  @Test
  void regionsThatComputeAlikeHaveOnePattern() {
    List<Region> regions = regions(TuningNetworks.residual(4));
    assertThat(regions.get(1).pattern()).isEqualTo(regions.get(2).pattern());
    assertThat(regions.get(2).pattern()).isEqualTo(regions.get(3).pattern());
  }

  @Test
  void anotherRoleOfANodeIsAnotherPattern() {
    // Nothing in integers reads the last sum, which so stays float.
    List<Region> regions = regions(TuningNetworks.residual(4));
    assertThat(regions.getLast().pattern()).isNotEqualTo(regions.get(1).pattern());
  }

  @Test
  void shapesOfActivationsBelongToThePattern() {
    Model wider = TuningNetworks.chain(4, 10);
    assertThat(regions(wider).getFirst().pattern())
        .isNotEqualTo(regions(TuningNetworks.chain(4, 8)).getFirst().pattern());
  }

  @Test
  void weightsDoNot() {
    Model network = TuningNetworks.chain(8);
    List<Region> regions = regions(network);
    assertThat(regions.get(0).pattern()).isEqualTo(regions.get(1).pattern());
    assertThat(regions.get(0).nodes()).doesNotContainAnyElementsOf(regions.get(1).nodes());
  }

  @Test
  void aValueThatBridgesManyLayersIsNoHindrance() {
    assertThat(sizes(regions(TuningNetworks.bridged(12)))).containsExactly(4, 4, 4, 1);
  }

  @Test
  void equalPatternsAreOneChoice() {
    Model model = TuningNetworks.chain(8);
    PreparedModel.of(model);
    NodeNames.makeDistinct(model.graph());
    TuningSpace space = TuningSpace.of(model, new OnnxRuntimeTuning(), NodeSelection.NONE);
    assertThat(space.patterns()).hasSize(1);
    assertThat(space.patterns().getFirst().regions()).hasSize(2);
    assertThat(space.choices(new Plan(List.of(Scheme.parse("iffi")))).floats())
        .containsExactly("n2", "n4", "n10", "n12");
  }

  @Test
  void excludedNodesAreInNoRegion() {
    Model model = TuningNetworks.chain(4);
    PreparedModel.of(model);
    NodeNames.makeDistinct(model.graph());
    TuningSpace space =
        TuningSpace.of(model, new OnnxRuntimeTuning(), NodeSelection.of(List.of("n2")));
    assertThat(space.patterns().getFirst().region().nodes())
        .extracting(QuantizableNode::name)
        .containsExactly("n0", "n4", "n6");
    assertThat(space.choices(space.uniform().getFirst()).floats()).containsExactly("n2");
  }
}
